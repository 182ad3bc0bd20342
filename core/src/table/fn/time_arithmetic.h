// SPDX-License-Identifier: Apache-2.0
// Dates and times with intervals. Months are added to the calendar's, of a TIMESTAMP_LTZ in UTC.
#pragma once

#include "table/context.h"
#include "table/fn/calendar.h"
#include "table/fn/text_time.h"

namespace flink::table::fn {

inline Date date_plus_months(Date date, Months by) noexcept {
  return {static_cast<std::int32_t>(add_months(date.days, by.months))};
}
// Whole days of the interval, rounded down.
inline Date date_plus_millis(Date date, Millis by) noexcept {
  return {static_cast<std::int32_t>(floor_div(date.days * day_millis + by.millis, day_millis))};
}
inline Date date_minus_months(Date date, Months by) noexcept {
  return date_plus_months(date, {-by.months});
}
inline Date date_minus_millis(Date date, Millis by) noexcept {
  return {static_cast<std::int32_t>(date.days - by.millis / day_millis)};
}

inline Time time_plus_months(Time time, Months) noexcept { return time; }
inline Time time_plus_millis(Time time, Millis by) noexcept {
  return {static_cast<std::int32_t>(floor_mod(time.millis + by.millis, day_millis))};
}
inline Time time_minus_millis(Time time, Millis by) noexcept {
  return time_plus_millis(time, {-by.millis});
}

inline Timestamp shifted_months(Timestamp stamp, std::int64_t months) noexcept {
  const std::int64_t days = floor_div(stamp.millis, day_millis);
  return {stamp.millis + (add_months(days, months) - days) * day_millis, stamp.nanos};
}
inline Timestamp timestamp_plus_months(Timestamp stamp, Months by) noexcept {
  return shifted_months(stamp, by.months);
}
inline Timestamp timestamp_minus_months(Timestamp stamp, Months by) noexcept {
  return shifted_months(stamp, -std::int64_t{by.months});
}
inline Timestamp timestamp_plus_millis(const Call& call, Timestamp stamp, Millis by) noexcept {
  return cut({stamp.millis + by.millis, stamp.nanos}, call.result.precision());
}
inline Timestamp timestamp_minus_millis(const Call& call, Timestamp stamp, Millis by) noexcept {
  return cut({stamp.millis - by.millis, stamp.nanos}, call.result.precision());
}

// What lies between two: (a - b) DAY and (a - b) MONTH.
inline Millis millis_between(Timestamp a, Timestamp b) noexcept { return {a.millis - b.millis}; }
inline Millis millis_between_dates(Date a, Date b) noexcept {
  return {(std::int64_t{a.days} - b.days) * day_millis};
}
inline Millis millis_between_times(Time a, Time b) noexcept {
  return {std::int64_t{a.millis} - b.millis};
}

// Whole months from b to a: a month is whole when its day and time have come.
std::int64_t months_between(Timestamp a, Timestamp b) noexcept;

}  // namespace flink::table::fn
