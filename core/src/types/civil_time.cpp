// SPDX-License-Identifier: Apache-2.0
#include "types/civil_time.h"

#include <chrono>
#include <optional>

namespace flink::types {

namespace {

constexpr std::int64_t nanos_per_second = 1'000'000'000;

void append_padded(std::string& out, std::int64_t value, int digits) {
  char text[24];
  for (int i = digits - 1; i >= 0; --i, value /= 10) text[i] = static_cast<char>('0' + value % 10);
  out.append(text, static_cast<std::size_t>(digits));
}

struct Date {
  std::int64_t year;
  unsigned month, day;
};

std::int64_t floor_divide(std::int64_t a, std::int64_t b) {
  return a / b - (a % b != 0 && (a < 0) != (b < 0) ? 1 : 0);
}

// std::chrono's years end at 32767. The calendar repeats after 400 of them, an era: whole eras are
// taken off before and put back after.
constexpr std::int64_t era_years = 400;
constexpr std::int64_t era_days = 146097;

// Days are counted from 1970-01-01.
Date date_of(std::int64_t day) {
  const std::int64_t era = floor_divide(day, era_days);
  const std::chrono::sys_days within{std::chrono::days{day - era * era_days}};
  const std::chrono::year_month_day date{within};
  return {static_cast<int>(date.year()) + era * era_years, static_cast<unsigned>(date.month()),
          static_cast<unsigned>(date.day())};
}

std::optional<std::int64_t> days_of(std::int64_t year, unsigned month, unsigned day) {
  const std::int64_t era = floor_divide(year, era_years);
  const std::chrono::year_month_day date{
      std::chrono::year{static_cast<int>(year - era * era_years)}, std::chrono::month{month},
      std::chrono::day{day}};
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days{date}.time_since_epoch().count() + era * era_days;
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

// ".123" as nanoseconds; what is finer is cut off.
bool take_fraction(std::string_view& text, std::int64_t& nanos) {
  std::int64_t unit = 100'000'000;
  std::size_t digits = 0;
  for (; digits < text.size() && text[digits] >= '0' && text[digits] <= '9'; ++digits, unit /= 10) {
    nanos += (text[digits] - '0') * unit;
  }
  text.remove_prefix(digits);
  return digits > 0;
}

// 2024, +12024, -0044: with a sign beyond four digits, which those that wrote ten thousand without
// one may lack.
bool take_year(std::string_view& text, std::int64_t& year) {
  constexpr std::size_t digits_max = 12;
  const bool negative = take_char(text, '-');
  const bool has_sign = negative || take_char(text, '+');
  std::size_t digits = 0;
  for (year = 0; digits < text.size() && text[digits] >= '0' && text[digits] <= '9'; ++digits) {
    if (digits == digits_max) return false;
    year = year * 10 + (text[digits] - '0');
  }
  text.remove_prefix(digits);
  if (negative) year = -year;
  return digits >= (has_sign ? 1 : 4);
}

bool take_word(std::string_view& text, std::string_view word) {
  if (!text.starts_with(word)) return false;
  text.remove_prefix(word.size());
  return true;
}

// Nothing, Z, UTC, GMT, +02:00, +0200, +02, a blank before it or not: how far east of UTC.
bool take_zone(std::string_view& text, std::int64_t& seconds) {
  take_char(text, ' ');
  if (take_char(text, 'Z') || take_char(text, 'z') || take_word(text, "UTC") ||
      take_word(text, "GMT")) {
    return true;
  }
  const bool west = take_char(text, '-');
  if (!west && !take_char(text, '+')) return text.empty();
  int hours = 0, minutes = 0;
  if (!take_number(text, 2, 18, hours)) return false;
  const bool colon = take_char(text, ':');
  if ((colon || !text.empty()) && !take_number(text, 2, 59, minutes)) return false;
  seconds = (hours * 3600 + minutes * 60) * (west ? -1 : 1);
  return true;
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
  // As in Java: a sign beyond four digits.
  if (date.year < 0) out += '-';
  else if (date.year > 9999) out += '+';
  const std::string year = std::to_string(date.year < 0 ? -date.year : date.year);
  out.append(year.size() < 4 ? 4 - year.size() : 0, '0') += year;
  out += '-', append_padded(out, date.month, 2), out += '-', append_padded(out, date.day, 2);
  out += 'T', append_padded(out, second / 3600, 2), out += ':';
  append_padded(out, second / 60 % 60, 2), out += ':', append_padded(out, second % 60, 2);
  int digits = 0;
  for (std::int64_t unit = den; unit > 1; unit /= 10) ++digits;
  if (digits > 0) out += '.', append_padded(out, fraction, digits);
  out += 'Z';
}

bool parse_time(std::string_view text, std::int64_t num, std::int64_t den, std::int64_t& count) {
  std::int64_t year = 0;
  int month = 0, day = 0;
  if (!take_year(text, year) || !take_char(text, '-') || !take_number(text, 2, 12, month) ||
      !take_char(text, '-') || !take_number(text, 2, 31, day)) {
    return false;
  }
  const auto days = days_of(year, static_cast<unsigned>(month), static_cast<unsigned>(day));
  if (!days) return false;
  std::int64_t seconds = 0, nanos = 0, east = 0;
  const bool timed = take_char(text, 'T') || take_char(text, 't') || take_char(text, ' ');
  if (timed && !take_time_of_day(text, seconds, nanos)) return false;
  if (!take_zone(text, east) || !text.empty()) return false;
  const __int128 total =
      (static_cast<__int128>(*days) * 86400 + seconds - east) * nanos_per_second + nanos;
  const __int128 scaled = total * den;
  const __int128 divisor = static_cast<__int128>(num) * nanos_per_second;
  // What is finer than the unit is cut off, towards the past.
  const __int128 result = scaled / divisor - (scaled % divisor < 0 ? 1 : 0);
  if (result < INT64_MIN || result > INT64_MAX) return false;
  count = static_cast<std::int64_t>(result);
  return true;
}

}  // namespace flink::types
