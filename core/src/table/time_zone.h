// SPDX-License-Identifier: Apache-2.0
// Zones of time by Java's names: regions of the tz database, "+05:30", "GMT-08:00", "UTC".
#pragma once

#include <cstdint>
#include <string_view>

namespace flink::table {

class TimeZone {
 public:
  // Null when there is none of that name. Found ones live for ever.
  static const TimeZone* find(std::string_view name);
  // What a session's zone may be: a region, UTC, or GMT+05:30. As Flink's, it takes no bare offset
  // and no Z.
  static const TimeZone* find_for_session(std::string_view name);
  static const TimeZone* utc();

  TimeZone() = default;
  TimeZone(const TimeZone&) = delete;
  TimeZone& operator=(const TimeZone&) = delete;
  virtual ~TimeZone() = default;

  // What a clock on the wall shows at an instant, both in milliseconds.
  virtual std::int64_t local_of(std::int64_t instant) const = 0;
  // The instant at which it shows that. A time that is skipped counts from before the gap (02:30 is
  // 03:30); of one that comes twice the earlier, or the later if asked.
  virtual std::int64_t instant_of(std::int64_t local, bool later = false) const = 0;
};

}  // namespace flink::table
