// SPDX-License-Identifier: Apache-2.0
#include "table/fn/text_time.h"

#include <algorithm>

#include "table/fn/calendar.h"

namespace flink::table::fn {

namespace {

std::string_view without_blanks(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

// Takes `least` to `most` digits off the front.
bool take_number(std::string_view& text, std::size_t least, std::size_t most, int& value) {
  value = 0;
  std::size_t count = 0;
  while (count < most && count < text.size() && text[count] >= '0' && text[count] <= '9') {
    value = value * 10 + text[count++] - '0';
  }
  text.remove_prefix(count);
  return count >= least;
}

bool take(std::string_view& text, char wanted) {
  if (text.empty() || text.front() != wanted) return false;
  text.remove_prefix(1);
  return true;
}

// Up to `most` digits as so many digits of a fraction, the rest zeros.
bool take_fraction(std::string_view& text, std::size_t most, int& value) {
  value = 0;
  std::size_t count = 0;
  while (count < most && count < text.size() && text[count] >= '0' && text[count] <= '9') {
    value = value * 10 + text[count++] - '0';
  }
  text.remove_prefix(count);
  for (; count < most; ++count) value *= 10;
  return true;
}

}  // namespace

std::optional<Date> parse_date(std::string_view text) {
  text = without_blanks(text);
  text = text.substr(0, text.find(' '));
  int year = 0, month = 1, day = 1;
  if (!take_number(text, 1, 5, year)) return {};
  if (take(text, '-')) {
    if (!take_number(text, 1, 2, month)) return {};
    if (take(text, '-') && !take_number(text, 1, 2, day)) return {};
  }
  if (!text.empty() || year > 9999 || month < 1 || month > 12 || day < 1 ||
      day > days_in_month(year, month)) {
    return {};
  }
  return Date{static_cast<std::int32_t>(days_of(year, month, day))};
}

std::optional<Time> parse_time_of_day(std::string_view text) {
  text = without_blanks(text);
  int hour = 0, minute = 0, second = 0, fraction = 0;
  if (!take_number(text, 1, 2, hour)) return {};
  if (take(text, ':')) {
    if (!take_number(text, 1, 2, minute)) return {};
    if (take(text, ':')) {
      if (!take_number(text, 1, 2, second)) return {};
      if (take(text, '.')) {
        take_fraction(text, 3, fraction);
        while (!text.empty() && text.front() >= '0' && text.front() <= '9') text.remove_prefix(1);
      }
    }
  }
  if (!text.empty() || hour > 23 || minute > 59 || second > 59) return {};
  return Time{((hour * 60 + minute) * 60 + second) * 1000 + fraction};
}

std::optional<Timestamp> parse_timestamp(std::string_view text) {
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, fraction = 0;
  if (!take_number(text, 4, 4, year) || !take(text, '-') || !take_number(text, 1, 2, month) ||
      !take(text, '-') || !take_number(text, 1, 2, day)) {
    return {};
  }
  if (!text.empty()) {
    if (!take(text, ' ') || !take_number(text, 1, 2, hour) || !take(text, ':') ||
        !take_number(text, 1, 2, minute) || !take(text, ':') || !take_number(text, 1, 2, second)) {
      return {};
    }
    if (take(text, '.')) take_fraction(text, 9, fraction);
  }
  const bool midnight = hour == 24 && minute == 0 && second == 0 && fraction == 0;
  if (!text.empty() || year < 1 || month < 1 || month > 12 || day < 1 || day > 31 ||
      (hour > 23 && !midnight) || minute > 59 || second > 59) {
    return {};
  }
  day = std::min(day, days_in_month(year, month));
  const std::int64_t millis = days_of(year, month, day) * day_millis +
                              ((hour * 60 + minute) * 60 + second) * std::int64_t{1000} +
                              fraction / 1'000'000;
  return Timestamp{millis, fraction % 1'000'000};
}

Timestamp cut(Timestamp value, int precision) {
  constexpr std::int32_t units[] = {1000, 100, 10, 1};
  if (precision <= 3) {
    return {value.millis - floor_mod(value.millis, units[precision < 0 ? 0 : precision]), 0};
  }
  std::int32_t unit = 1;
  for (int i = precision; i < 9; ++i) unit *= 10;
  return {value.millis, value.nanos - value.nanos % unit};
}

}  // namespace flink::table::fn
