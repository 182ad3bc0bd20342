// SPDX-License-Identifier: Apache-2.0
// Reading a text by a date pattern.
#include <algorithm>
#include <limits>

#include "table/fn/calendar.h"
#include "table/fn/date_pattern.h"
#include "table/fn/date_words.h"

namespace flink::table::fn {

namespace {

struct Fields {
  std::optional<std::int64_t> year, month, day, day_of_year, hour, half_hour, minute, second;
  std::optional<std::int64_t> nanos, millis, offset;
  std::optional<bool> afternoon;
};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool same_letters(std::string_view a, std::string_view b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) {
           const auto low = [](char c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; };
           return low(x) == low(y);
         });
}

}  // namespace

class DateReader {
 public:
  DateReader(const DatePattern& pattern, std::string_view text)
      : pattern_(pattern), simple_(pattern.style_ == PatternStyle::simple), text_(text) {}

  std::optional<DatePattern::Parsed> read() {
    for (std::size_t i = 0; i < pattern_.items_.size(); ++i) {
      const auto& item = pattern_.items_[i];
      if (item.letter == '[') {
        open_ = {i, text_, fields_};
        continue;
      }
      if (item.letter == ']') {
        open_ = {};
        continue;
      }
      if (take(i)) continue;
      if (!open_.index) return {};
      // The optional part is not there: on behind it.
      text_ = open_.text;
      fields_ = open_.fields;
      while (i < pattern_.items_.size() && pattern_.items_[i].letter != ']') ++i;
      open_ = {};
    }
    if (!simple_ && !text_.empty()) return {};
    return resolved();
  }

 private:
  struct Open {
    std::optional<std::size_t> index;
    std::string_view text;
    Fields fields;
  };

  bool take(std::size_t index) {
    const auto& item = pattern_.items_[index];
    switch (item.letter) {
      case 0:
        return literal(item.literal);
      case 'M':
      case 'L':
        if (item.count > 2) return name(month_names, item.count, fields_.month);
        return number(index, fields_.month);
      case 'E': {
        std::optional<std::int64_t> ignored;
        return name(day_names, simple_ ? 3 : item.count, ignored);
      }
      case 'a':
        return half_of_day();
      case 'G':
        return literal("AD") || literal("BC");
      case 'y':
      case 'u':
      case 'Y':
        return year(index);
      case 'd':
        return number(index, fields_.day);
      case 'D':
        return number(index, fields_.day_of_year);
      case 'H':
      case 'k':
        return number(index, fields_.hour);
      case 'h':
      case 'K':
        return number(index, fields_.half_hour);
      case 'm':
        return number(index, fields_.minute);
      case 's':
        return number(index, fields_.second);
      case 'S':
        return simple_ ? number(index, fields_.millis) : fraction(item.count);
      case 'n':
        return number(index, fields_.nanos);
      case 'X':
      case 'x':
      case 'Z':
        return offset();
      case 'z':
        return zone_name();
      default:
        return false;
    }
  }

  bool literal(std::string_view wanted) {
    if (!text_.starts_with(wanted)) return false;
    text_.remove_prefix(wanted.size());
    return true;
  }

  bool digits(std::size_t least, std::size_t most, std::int64_t& value) {
    value = 0;
    std::size_t count = 0;
    for (; count < most && count < text_.size() && is_digit(text_[count]); ++count) {
      value = value * 10 + text_[count] - '0';
    }
    text_.remove_prefix(count);
    return count >= least;
  }

  bool number(std::size_t index, std::optional<std::int64_t>& field) {
    const auto count = static_cast<std::size_t>(pattern_.items_[index].count);
    std::int64_t value = 0;
    bool good = false;
    if (simple_) {
      while (!text_.empty() && text_[0] == ' ') text_.remove_prefix(1);
      good = digits(1, pattern_.next_is_number(index) ? count : 18, value);
    } else {
      good = count == 1 ? digits(1, pattern_.next_is_number(index) ? 1 : 18, value)
                        : digits(count, count, value);
    }
    field = value;
    return good;
  }

  bool year(std::size_t index) {
    const int count = pattern_.items_[index].count;
    const std::size_t before = text_.size();
    std::int64_t value = 0;
    bool good = false;
    if (!simple_ && count == 2) {
      good = digits(2, 2, value);
    } else if (!simple_) {
      const auto most = pattern_.next_is_number(index) ? static_cast<std::size_t>(count) : 18;
      good = digits(static_cast<std::size_t>(count), most, value);
    } else {
      std::optional<std::int64_t> field;
      good = number(index, field);
      value = field.value_or(0);
    }
    if (count == 2 && before - text_.size() == 2) value += 2000;
    fields_.year = value;
    return good;
  }

  bool fraction(int count) {
    std::int64_t value = 0;
    if (!digits(static_cast<std::size_t>(count), static_cast<std::size_t>(count), value))
      return false;
    for (int i = count; i < 9; ++i) value *= 10;
    fields_.nanos = value;
    return true;
  }

  template <std::size_t size>
  bool name(const std::array<std::string_view, size>& names, int count,
            std::optional<std::int64_t>& field) {
    for (std::size_t i = 0; i < names.size(); ++i) {
      for (const std::string_view one : {names[i], names[i].substr(0, 3)}) {
        if (!simple_ && (count > 3) != (one.size() > 3 || one == names[i])) continue;
        const std::string_view there = text_.substr(0, one.size());
        if (simple_ ? !same_letters(there, one) : there != one) continue;
        text_.remove_prefix(one.size());
        field = static_cast<std::int64_t>(i) + 1;
        return true;
      }
    }
    return false;
  }

  bool half_of_day() {
    const std::string_view there = text_.substr(0, 2);
    if (!same_letters(there, "AM") && !same_letters(there, "PM")) return false;
    fields_.afternoon = same_letters(there, "PM");
    text_.remove_prefix(2);
    return true;
  }

  bool offset() {
    if (literal("Z")) {
      fields_.offset = 0;
      return true;
    }
    const bool negative = text_.starts_with('-');
    if (!negative && !text_.starts_with('+')) return false;
    text_.remove_prefix(1);
    std::int64_t hours = 0, minutes = 0;
    if (!digits(2, 2, hours)) return false;
    if (literal(":") && !digits(2, 2, minutes)) return false;
    if (minutes == 0 && text_.size() >= 2 && is_digit(text_[0])) digits(2, 2, minutes);
    const std::int64_t millis = (hours * 60 + minutes) * 60'000;
    fields_.offset = negative ? -millis : millis;
    return true;
  }

  bool zone_name() {
    for (const std::string_view known : {"GMT", "UTC", "Z"}) {
      if (!literal(known)) continue;
      fields_.offset = 0;
      return true;
    }
    return offset();
  }

  std::optional<DatePattern::Parsed> resolved() const {
    std::int64_t hour = fields_.hour.value_or(0);
    if (fields_.half_hour) {
      hour = *fields_.half_hour % 12 + (fields_.afternoon.value_or(false) ? 12 : 0);
    }
    const std::int64_t year = fields_.year.value_or(1970), month = fields_.month.value_or(1);
    const std::int64_t minute = fields_.minute.value_or(0), second = fields_.second.value_or(0);
    std::int64_t day = fields_.day.value_or(1);
    std::int64_t days = 0;
    if (!simple_) {
      if (month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 ||
          second > 59 || year < 1 || year > 9999) {
        return {};
      }
      day = std::min<std::int64_t>(day, days_in_month(year, static_cast<int>(month)));
    }
    // SimpleDateFormat goes on counting: month 13 is January, February 30th March 1st.
    const std::int64_t whole = year * 12 + month - 1;
    days = days_of(floor_div(whole, 12), static_cast<int>(floor_mod(whole, 12)) + 1, 1) + day - 1;
    if (fields_.day_of_year) days = days_of(year, 1, 1) + *fields_.day_of_year - 1;
    const std::int64_t nanos = fields_.nanos.value_or(0);
    const std::int64_t millis = days * day_millis + ((hour * 60 + minute) * 60 + second) * 1000 +
                                fields_.millis.value_or(0) + nanos / 1'000'000;
    return DatePattern::Parsed{{millis, static_cast<std::int32_t>(nanos % 1'000'000)},
                               fields_.offset};
  }

  const DatePattern& pattern_;
  const bool simple_;
  std::string_view text_;
  Fields fields_;
  Open open_;
};

std::optional<DatePattern::Parsed> DatePattern::parse(std::string_view text) const {
  return DateReader{*this, text}.read();
}

}  // namespace flink::table::fn
