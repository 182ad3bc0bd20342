// SPDX-License-Identifier: Apache-2.0
#include "table/fn/date_pattern.h"

#include "table/fn/date_words.h"
#include "table/fn/time_fields.h"
#include "table/value_text.h"

namespace flink::table::fn {

namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// y M d ...: what the letter shows as a number.
std::optional<std::int64_t> number_of(char letter, Timestamp local) {
  const auto part = [&](TimeField field) { return extract(field, local); };
  switch (letter) {
    case 'y':
    case 'u':
      return part(TimeField::year);
    case 'Y':
      return part(TimeField::isoyear);
    case 'M':
    case 'L':
      return part(TimeField::month);
    case 'Q':
    case 'q':
      return part(TimeField::quarter);
    case 'w':
      return part(TimeField::week);
    case 'd':
      return part(TimeField::day);
    case 'D':
      return part(TimeField::doy);
    case 'F':
      return (part(TimeField::day) - 1) % 7 + 1;
    case 'W':
      return (part(TimeField::day) - 1) / 7 + 1;
    case 'e':
    case 'c':
      return part(TimeField::dow);
    case 'H':
      return part(TimeField::hour);
    case 'k':
      return part(TimeField::hour) == 0 ? 24 : part(TimeField::hour);
    case 'K':
      return part(TimeField::hour) % 12;
    case 'h':
      return (part(TimeField::hour) + 11) % 12 + 1;
    case 'm':
      return part(TimeField::minute);
    case 's':
      return part(TimeField::second);
    case 'n':
      return part(TimeField::nanosecond);
    default:
      return {};
  }
}

void append_text(std::string& out, char letter, int count, Timestamp local) {
  if (letter == 'M' || letter == 'L') {
    const auto name = month_names[static_cast<std::size_t>(extract(TimeField::month, local) - 1)];
    out += count == 3 ? name.substr(0, 3) : name;
  } else if (letter == 'E') {
    const auto name = day_names[static_cast<std::size_t>(extract(TimeField::isodow, local) - 1)];
    out += count < 4 ? name.substr(0, 3) : name;
  } else if (letter == 'a') {
    out += extract(TimeField::hour, local) < 12 ? "AM" : "PM";
  } else {
    out += count < 4 ? "AD" : "Anno Domini";
  }
}

void append_fraction(std::string& out, int count, Timestamp local, PatternStyle style) {
  std::string digits;
  if (style == PatternStyle::simple) {
    append_padded(digits, extract(TimeField::millisecond, local), count);
  } else {
    append_padded(digits, extract(TimeField::nanosecond, local), 9);
    digits.resize(static_cast<std::size_t>(count), '0');
  }
  out += digits;
}

}  // namespace

DatePattern::DatePattern(std::string_view pattern, PatternStyle style) : style_(style) {
  compile(pattern);
}

void DatePattern::compile(std::string_view pattern) {
  const std::string_view known = style_ == PatternStyle::formatter
                                     ? "yuYMLQqwWdDFEecaGHkKhmsSnXxZzVO"
                                     : "yYMLwWdDFEuaGHkKhmsSXZz";
  for (std::size_t i = 0; i < pattern.size();) {
    const char c = pattern[i];
    if (is_letter(c)) {
      std::size_t end = i;
      while (end < pattern.size() && pattern[end] == c) ++end;
      if (known.find(c) == known.npos) {
        problem_ = "'" + std::string{c} + "' is no letter of a date pattern";
        return;
      }
      items_.push_back({c, static_cast<int>(end - i), ""});
      i = end;
      continue;
    }
    Item item;
    if (c == '\'' && i + 1 < pattern.size() && pattern[i + 1] == '\'') {
      item.literal = "'";
      i += 2;
    } else if (c == '\'') {
      const std::size_t end = pattern.find('\'', i + 1);
      if (end == pattern.npos) {
        problem_ = "a quote of the date pattern does not end";
        return;
      }
      item.literal = pattern.substr(i + 1, end - i - 1);
      i = end + 1;
    } else {
      if (style_ == PatternStyle::formatter && (c == '[' || c == ']')) item.letter = c;
      item.literal = std::string{c};
      ++i;
    }
    items_.push_back(std::move(item));
  }
}

std::optional<std::string> DatePattern::format(Timestamp local) const {
  std::string out;
  for (const Item& item : items_) {
    if (item.letter == 0) {
      out += item.literal;
    } else if (item.letter == 'S') {
      append_fraction(out, item.count, local, style_);
    } else if (item.letter == 'E' || item.letter == 'a' || item.letter == 'G' ||
               ((item.letter == 'M' || item.letter == 'L') && item.count > 2)) {
      append_text(out, item.letter, item.count, local);
    } else if (item.letter == 'y' && item.count == 2) {
      append_padded(out, extract(TimeField::year, local) % 100, 2);
    } else if (item.letter != '[' && item.letter != ']') {
      const auto number = number_of(item.letter, local);
      if (!number) return {};
      append_padded(out, *number, item.count);
    }
  }
  return out;
}

bool DatePattern::next_is_number(std::size_t index) const {
  if (index + 1 >= items_.size()) return false;
  const Item& next = items_[index + 1];
  if ((next.letter == 'M' || next.letter == 'L') && next.count > 2) return false;
  return std::string_view{"yuYMLdDHkKhmsSn"}.find(next.letter) != std::string_view::npos &&
         next.letter != 0;
}

}  // namespace flink::table::fn
