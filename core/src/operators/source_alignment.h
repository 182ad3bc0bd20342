// SPDX-License-Identifier: Apache-2.0
// How a source subtask keeps with the others of its alignment group: it says where it is, hears
// where the last one is, and pauses when it is too far ahead. Sans-io; one thread.
//
// What it says goes to its coordinator as an event, and so does the answer: both begin with
// alignment_event.
#pragma once

#include <flink/operators/watermark_driver.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace flink::operators {

// The first byte of such an event; see source_event.
constexpr char alignment_event = 'w';
// To the coordinator: where the subtask is, and with whom it keeps.
struct WatermarkReport {
  std::string group;
  std::int64_t millis = INT64_MIN;
};
std::string report_event(const WatermarkReport& report);
WatermarkReport report_of(std::string_view event);
// From the coordinator: where the last one of the group is.
std::string least_event(std::int64_t millis);
std::int64_t least_of(std::string_view event);

class SourceAlignment {
 public:
  explicit SourceAlignment(const detail::WatermarkAlignment& alignment) : alignment_(alignment) {}

  // The event to send, if it is time for one: each interval, and when the subtask has just become
  // one that waits, since the last one may be itself, and at its end. `watermark`: INT64_MAX when
  // it is idle or has ended.
  std::optional<std::string> report(base::TimePoint now, std::int64_t watermark, bool ended);
  // An answer has come.
  void hear(std::string_view event);
  std::int64_t watermark_max() const noexcept { return watermark_max_; }
  bool too_far(std::int64_t watermark) const noexcept { return watermark > watermark_max_; }
  base::TimePoint next_report() const noexcept { return next_report_; }

 private:
  detail::WatermarkAlignment alignment_;
  std::int64_t watermark_max_ = INT64_MAX;
  std::optional<std::int64_t> reported_;
  base::TimePoint next_report_{};
};

}  // namespace flink::operators
