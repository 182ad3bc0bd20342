// SPDX-License-Identifier: Apache-2.0
#include "types/civil_time.h"

namespace flink::types {

namespace {

void append_padded(std::string& out, std::int64_t value, int digits) {
  char text[24];
  for (int i = digits - 1; i >= 0; --i, value /= 10) text[i] = static_cast<char>('0' + value % 10);
  out.append(text, static_cast<std::size_t>(digits));
}

struct Date {
  std::int64_t year;
  int month, day;
};

// Days since 1970-01-01 in the proleptic Gregorian calendar (Howard Hinnant's algorithm).
Date date_of(std::int64_t days) {
  days += 719468;
  const std::int64_t era = (days >= 0 ? days : days - 146096) / 146097;
  const std::int64_t day_of_era = days - era * 146097;
  const std::int64_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const std::int64_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::int64_t shifted_month = (5 * day_of_year + 2) / 153;
  const int month = static_cast<int>(shifted_month < 10 ? shifted_month + 3 : shifted_month - 9);
  return {year_of_era + era * 400 + (month <= 2 ? 1 : 0), month,
          static_cast<int>(day_of_year - (153 * shifted_month + 2) / 5 + 1)};
}

std::int64_t floor_divide(std::int64_t a, std::int64_t b) {
  return a / b - (a % b != 0 && (a < 0) != (b < 0) ? 1 : 0);
}

// Days since 1970-01-01 of a date (the inverse of date_of).
std::int64_t days_of(std::int64_t year, int month, int day) {
  year -= month <= 2 ? 1 : 0;
  const std::int64_t era = floor_divide(year, 400);
  const std::int64_t year_of_era = year - era * 400;
  const int shifted_month = month > 2 ? month - 3 : month + 9;
  const std::int64_t day_of_year = (153 * shifted_month + 2) / 5 + day - 1;
  return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year -
         719468;
}

// Takes exactly `digits` digits, at most `high`, off the front.
bool take_number(std::string_view& text, std::size_t digits, int high, int& value) {
  if (text.size() < digits) return false;
  value = 0;
  for (std::size_t i = 0; i < digits; ++i) {
    if (text[i] < '0' || text[i] > '9') return false;
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(digits);
  return value <= high;
}
bool take_char(std::string_view& text, char c) {
  if (text.empty() || text.front() != c) return false;
  text.remove_prefix(1);
  return true;
}

// ".123" as nanoseconds.
bool take_fraction(std::string_view& text, std::int64_t& nanos) {
  std::int64_t unit = 100'000'000;
  std::size_t digits = 0;
  for (; digits < text.size() && text[digits] >= '0' && text[digits] <= '9'; ++digits, unit /= 10) {
    if (unit == 0) return false;
    nanos += (text[digits] - '0') * unit;
  }
  text.remove_prefix(digits);
  return digits > 0;
}

bool take_time_of_day(std::string_view& text, std::int64_t& seconds, std::int64_t& nanos) {
  int hour = 0, minute = 0, second = 0;
  if (!take_number(text, 2, 23, hour) || !take_char(text, ':') ||
      !take_number(text, 2, 59, minute)) {
    return false;
  }
  if (take_char(text, ':')) {
    if (!take_number(text, 2, 59, second)) return false;
    if (take_char(text, '.') && !take_fraction(text, nanos)) return false;
  }
  seconds += hour * 3600 + minute * 60 + second;
  return true;
}

}  // namespace

void append_time(std::string& out, std::int64_t count, std::int64_t num, std::int64_t den) {
  const __int128 scaled = static_cast<__int128>(count) * num;
  __int128 whole = scaled / den;
  auto fraction = static_cast<std::int64_t>(scaled % den);
  if (fraction < 0) {
    fraction += den;
    --whole;
  }
  const auto seconds = static_cast<std::int64_t>(whole);
  const std::int64_t days = floor_divide(seconds, 86400);
  const std::int64_t second = seconds - days * 86400;
  const Date date = date_of(days);
  if (date.year < 0 || date.year > 9999) {
    out += std::to_string(date.year);
  } else {
    append_padded(out, date.year, 4);
  }
  out += '-', append_padded(out, date.month, 2), out += '-', append_padded(out, date.day, 2);
  out += 'T', append_padded(out, second / 3600, 2), out += ':';
  append_padded(out, second / 60 % 60, 2), out += ':', append_padded(out, second % 60, 2);
  int digits = 0;
  for (std::int64_t unit = den; unit > 1; unit /= 10) ++digits;
  if (digits > 0) out += '.', append_padded(out, fraction, digits);
  out += 'Z';
}

bool parse_time(std::string_view text, std::int64_t num, std::int64_t den, std::int64_t& count) {
  static constexpr int days_of_month[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  int year = 0, month = 0, day = 0;
  if (!take_number(text, 4, 9999, year) || !take_char(text, '-') ||
      !take_number(text, 2, 12, month) || !take_char(text, '-') || month == 0 ||
      !take_number(text, 2, days_of_month[month - 1], day) || day == 0) {
    return false;
  }
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  if (month == 2 && day == 29 && !leap) return false;
  std::int64_t seconds = days_of(year, month, day) * 86400;
  std::int64_t nanos = 0;
  if ((take_char(text, 'T') || take_char(text, ' ')) && !take_time_of_day(text, seconds, nanos)) {
    return false;
  }
  take_char(text, 'Z');
  if (!text.empty()) return false;
  const __int128 total = static_cast<__int128>(seconds) * 1'000'000'000 + nanos;
  const __int128 scaled = total * den;
  const __int128 divisor = static_cast<__int128>(num) * 1'000'000'000;
  if (scaled % divisor != 0) return false;
  const __int128 result = scaled / divisor;
  if (result < INT64_MIN || result > INT64_MAX) return false;
  count = static_cast<std::int64_t>(result);
  return true;
}

}  // namespace flink::types
