// SPDX-License-Identifier: Apache-2.0
#include "table/fn/time_fields.h"

#include <iterator>

#include "table/fn/calendar.h"
#include "table/fn/time_arithmetic.h"

namespace flink::table::fn {

std::optional<TimeField> time_field_of(std::string_view name) {
  constexpr std::string_view names[] = {
      "MILLENNIUM", "CENTURY",     "DECADE",      "YEAR",       "ISOYEAR", "QUARTER", "MONTH",
      "WEEK",       "DAY",         "DOW",         "ISODOW",     "DOY",     "HOUR",    "MINUTE",
      "SECOND",     "MILLISECOND", "MICROSECOND", "NANOSECOND", "EPOCH"};
  for (std::size_t i = 0; i < std::size(names); ++i) {
    if (names[i] == name) return static_cast<TimeField>(i);
  }
  return {};
}

namespace {

std::int64_t date_part(TimeField field, std::int64_t days) noexcept {
  const Civil civil = civil_of(days);
  switch (field) {
    case TimeField::millennium:
      return (civil.year + 999) / 1000;
    case TimeField::century:
      return (civil.year + 99) / 100;
    case TimeField::decade:
      return civil.year / 10;
    case TimeField::year:
      return civil.year;
    case TimeField::isoyear:
      return iso_week(days).year;
    case TimeField::quarter:
      return (civil.month + 2) / 3;
    case TimeField::month:
      return civil.month;
    case TimeField::week:
      return iso_week(days).week;
    case TimeField::day:
      return civil.day;
    case TimeField::dow:
      return iso_weekday(days) % 7 + 1;
    case TimeField::isodow:
      return iso_weekday(days);
    default:
      return day_of_year(days);
  }
}

}  // namespace

std::int64_t extract(TimeField field, Timestamp local) noexcept {
  const std::int64_t of_day = floor_mod(local.millis, day_millis);
  switch (field) {
    case TimeField::hour:
      return of_day / 3'600'000;
    case TimeField::minute:
      return of_day / 60'000 % 60;
    case TimeField::second:
      return of_day / 1000 % 60;
    case TimeField::millisecond:
      return of_day % 1000;
    case TimeField::microsecond:
      return of_day % 1000 * 1000 + local.nanos / 1000;
    case TimeField::nanosecond:
      return of_day % 1000 * 1'000'000 + local.nanos;
    case TimeField::epoch:
      return floor_div(local.millis, 1000);
    default:
      return date_part(field, floor_div(local.millis, day_millis));
  }
}

std::int64_t extract(TimeField field, Months interval) noexcept {
  const std::int64_t years = interval.months / 12, months = interval.months % 12;
  switch (field) {
    case TimeField::millennium:
      return years / 1000;
    case TimeField::century:
      return years / 100;
    case TimeField::decade:
      return years / 10;
    case TimeField::year:
      return years;
    case TimeField::quarter:
      return months / 3 + 1;
    default:
      return months;
  }
}

std::int64_t extract(TimeField field, Millis interval) noexcept {
  const std::int64_t of_day = interval.millis % day_millis;
  switch (field) {
    case TimeField::day:
      return interval.millis / day_millis;
    case TimeField::hour:
      return of_day / 3'600'000;
    case TimeField::minute:
      return of_day / 60'000 % 60;
    case TimeField::second:
      return of_day / 1000 % 60;
    default:
      return of_day % 1000;
  }
}

std::optional<std::int64_t> months_of(TimeField unit) noexcept {
  switch (unit) {
    case TimeField::millennium:
      return 12'000;
    case TimeField::century:
      return 1200;
    case TimeField::decade:
      return 120;
    case TimeField::year:
      return 12;
    case TimeField::quarter:
      return 3;
    case TimeField::month:
      return 1;
    default:
      return {};
  }
}

std::optional<std::int64_t> millis_of(TimeField unit) noexcept {
  switch (unit) {
    case TimeField::week:
      return 7 * day_millis;
    case TimeField::day:
      return day_millis;
    case TimeField::hour:
      return 3'600'000;
    case TimeField::minute:
      return 60'000;
    case TimeField::second:
      return 1000;
    case TimeField::millisecond:
      return 1;
    default:
      return {};
  }
}

namespace {

// Months since year 0 at which the unit of the date's begins; centuries begin with year 1.
std::int64_t months_floor(TimeField unit, std::int64_t days) noexcept {
  const Civil civil = civil_of(days);
  const bool from_one = unit == TimeField::century || unit == TimeField::millennium;
  const std::int64_t shift = from_one ? 12 : 0;
  const std::int64_t months = civil.year * 12 + civil.month - 1 - shift;
  return months - floor_mod(months, *months_of(unit)) + shift;
}

std::int64_t days_of_months(std::int64_t months) noexcept {
  return days_of(floor_div(months, 12), static_cast<int>(floor_mod(months, 12)) + 1, 1);
}

bool equal(Timestamp a, Timestamp b) noexcept { return a.millis == b.millis && a.nanos == b.nanos; }

}  // namespace

Timestamp floor_to(TimeField unit, Timestamp local) noexcept {
  const std::int64_t days = floor_div(local.millis, day_millis);
  if (months_of(unit)) return {days_of_months(months_floor(unit, days)) * day_millis, 0};
  if (unit == TimeField::week) return {(days - iso_weekday(days) % 7) * day_millis, 0};
  if (unit == TimeField::microsecond) return {local.millis, local.nanos - local.nanos % 1000};
  const auto size = millis_of(unit);
  if (!size) return local;
  return {local.millis - floor_mod(local.millis, *size), 0};
}

Timestamp ceil_to(TimeField unit, Timestamp local) noexcept {
  const Timestamp begin = floor_to(unit, local);
  if (equal(begin, local)) return local;
  if (const auto months = months_of(unit)) {
    const std::int64_t days = floor_div(local.millis, day_millis);
    return {days_of_months(months_floor(unit, days) + *months) * day_millis, 0};
  }
  if (unit == TimeField::microsecond) {
    if (begin.nanos + 1000 < 1'000'000) return {begin.millis, begin.nanos + 1000};
    return {begin.millis + 1, 0};
  }
  return {begin.millis + millis_of(unit).value_or(0), 0};
}

std::int64_t difference(TimeField unit, Timestamp from, Timestamp to) noexcept {
  if (const auto months = months_of(unit)) return months_between(to, from) / *months;
  const std::int64_t millis = to.millis - from.millis;
  if (unit == TimeField::microsecond) return millis * 1000;
  return millis / millis_of(unit).value_or(1);
}

}  // namespace flink::table::fn
