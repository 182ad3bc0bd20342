// SPDX-License-Identifier: Apache-2.0
// The proleptic Gregorian calendar on plain numbers: days since 1970-01-01, milliseconds.
#pragma once

#include <cstdint>

namespace flink::table::fn {

inline constexpr std::int64_t day_millis = 86'400'000;

struct Civil {
  std::int64_t year;
  int month;  // 1 to 12
  int day;    // 1 to 31
};

constexpr std::int64_t floor_div(std::int64_t a, std::int64_t b) noexcept {
  return a / b - (a % b != 0 && (a % b < 0) != (b < 0) ? 1 : 0);
}
constexpr std::int64_t floor_mod(std::int64_t a, std::int64_t b) noexcept {
  return a - floor_div(a, b) * b;
}

constexpr std::int64_t days_of(std::int64_t year, int month, int day) noexcept {
  year -= month <= 2 ? 1 : 0;
  const std::int64_t era = floor_div(year, 400);
  const std::int64_t of_era = year - era * 400;
  const std::int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

constexpr Civil civil_of(std::int64_t days) noexcept {
  days += 719468;
  const std::int64_t era = floor_div(days, 146097);
  const std::int64_t of_era = days - era * 146097;
  const std::int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
  const std::int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
  const std::int64_t shifted = (5 * of_year + 2) / 153;
  const int day = static_cast<int>(of_year - (153 * shifted + 2) / 5 + 1);
  const int month = static_cast<int>(shifted < 10 ? shifted + 3 : shifted - 9);
  return {year + era * 400 + (month <= 2 ? 1 : 0), month, day};
}

// Java's old classes, and so UNIX_TIMESTAMP and its like, write the days before 1582-10-15 in the
// Julian calendar. The same year, month and day there, as days; and back. (Of the Julian calendar's
// February 29th in 1500 and its like, which is no day here, it makes March 1st.)
inline constexpr std::int64_t gregorian_begin = days_of(1582, 10, 15);
constexpr std::int64_t as_julian(std::int64_t days) noexcept {
  if (days >= gregorian_begin) return days;
  const Civil civil = civil_of(days);
  const std::int64_t year = civil.year - (civil.month <= 2 ? 1 : 0);
  const std::int64_t of_year = days - days_of(year, 3, 1);
  return year * 365 + floor_div(year, 4) + of_year - 719470;
}
constexpr std::int64_t from_julian(std::int64_t days) noexcept {
  if (days >= gregorian_begin) return days;
  const std::int64_t era = floor_div(days + 719470, 1461);
  const std::int64_t of_era = days + 719470 - era * 1461;
  const std::int64_t of_four = of_era / 365 < 4 ? of_era / 365 : 3;
  return days_of(era * 4 + of_four, 3, 1) + of_era - of_four * 365;
}

constexpr bool is_leap(std::int64_t year) noexcept {
  return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}
constexpr int days_in_month(std::int64_t year, int month) noexcept {
  if (month == 2) return is_leap(year) ? 29 : 28;
  return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

// 1 is Monday, 7 Sunday.
constexpr int iso_weekday(std::int64_t days) noexcept {
  return static_cast<int>(floor_mod(days + 3, 7)) + 1;
}
constexpr int day_of_year(std::int64_t days) noexcept {
  return static_cast<int>(days - days_of(civil_of(days).year, 1, 1)) + 1;
}

struct IsoWeek {
  std::int64_t year;
  int week;
};
// The week that has the year's first Thursday is its first.
constexpr IsoWeek iso_week(std::int64_t days) noexcept {
  const std::int64_t thursday = days - iso_weekday(days) + 4;
  return {civil_of(thursday).year, (day_of_year(thursday) - 1) / 7 + 1};
}

// The same day some months later, or the last of a shorter month.
constexpr std::int64_t add_months(std::int64_t days, std::int64_t months) noexcept {
  const Civil from = civil_of(days);
  const std::int64_t total = from.year * 12 + from.month - 1 + months;
  const std::int64_t year = floor_div(total, 12);
  const int month = static_cast<int>(floor_mod(total, 12)) + 1;
  const int last = days_in_month(year, month);
  return days_of(year, month, from.day < last ? from.day : last);
}

}  // namespace flink::table::fn
