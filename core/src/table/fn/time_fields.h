// SPDX-License-Identifier: Apache-2.0
// Parts of dates and times: EXTRACT, FLOOR, CEIL, TIMESTAMPADD, TIMESTAMPDIFF. Fields are those of
// the proleptic Gregorian calendar, also before 1970.
#pragma once

#include <optional>
#include <string_view>

#include "table/value.h"

namespace flink::table::fn {

enum class TimeField : std::uint8_t {
  millennium,
  century,
  decade,
  year,
  isoyear,
  quarter,
  month,
  week,
  day,
  dow,     // 1 is Sunday
  isodow,  // 1 is Monday
  doy,
  hour,
  minute,
  second,
  millisecond,
  microsecond,
  nanosecond,
  epoch,
};

std::optional<TimeField> time_field_of(std::string_view name);

// Of the local time; a DATE is its midnight.
std::int64_t extract(TimeField field, Timestamp local) noexcept;
std::int64_t extract(TimeField field, Months interval) noexcept;
std::int64_t extract(TimeField field, Millis interval) noexcept;

// The begin of the unit that the time lies in, or the next one if it is none. Weeks begin on
// Sunday.
Timestamp floor_to(TimeField unit, Timestamp local) noexcept;
Timestamp ceil_to(TimeField unit, Timestamp local) noexcept;

// Whole units from `from` to `to`.
std::int64_t difference(TimeField unit, Timestamp from, Timestamp to) noexcept;

// Months, or milliseconds, of a unit; of those that are no length nothing.
std::optional<std::int64_t> months_of(TimeField unit) noexcept;
std::optional<std::int64_t> millis_of(TimeField unit) noexcept;

}  // namespace flink::table::fn
