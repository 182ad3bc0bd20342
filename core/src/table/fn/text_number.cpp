// SPDX-License-Identifier: Apache-2.0
#include "table/fn/text_number.h"

#include <charconv>
#include <cstdlib>
#include <string>

namespace flink::table::fn {

namespace {

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && static_cast<unsigned char>(text.front()) <= ' ') text.remove_prefix(1);
  while (!text.empty() && static_cast<unsigned char>(text.back()) <= ' ') text.remove_suffix(1);
  return text;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

template <class T>
std::optional<T> parse_floating(std::string_view text) {
  text = trimmed(text);
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  T value = 0;
  if (text == "NaN") {
    value = std::numeric_limits<T>::quiet_NaN();
  } else if (text == "Infinity") {
    value = std::numeric_limits<T>::infinity();
  } else {
    if (text.empty() || (!is_digit(text[0]) && text[0] != '.')) return {};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error == std::errc::result_out_of_range) {
      // Too large or too small: what strtod makes of it.
      value = static_cast<T>(std::strtod(std::string{text.data(), end}.c_str(), nullptr));
    } else if (error != std::errc{}) {
      return {};
    }
    std::string_view rest = text.substr(static_cast<std::size_t>(end - text.data()));
    if (rest.size() == 1 && std::string_view{"fFdD"}.find(rest[0]) != rest.npos) rest = {};
    if (!rest.empty()) return {};
  }
  return negative ? -value : value;
}

}  // namespace

std::optional<bool> parse_boolean(std::string_view text) {
  std::string lower{text};
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  for (const char* word : {"true", "t", "yes", "y", "1"}) {
    if (lower == word) return true;
  }
  for (const char* word : {"false", "f", "no", "n", "0"}) {
    if (lower == word) return false;
  }
  return {};
}

std::optional<std::int64_t> parse_integer(std::string_view text, std::int64_t least,
                                          std::int64_t most) {
  text = trimmed(text);
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  if (text.empty()) return {};
  std::int64_t value = 0;
  std::size_t i = 0;
  for (; i < text.size() && is_digit(text[i]); ++i) {
    // Counted down, where there is room for one more.
    if (__builtin_mul_overflow(value, 10, &value) ||
        __builtin_sub_overflow(value, text[i] - '0', &value)) {
      return {};
    }
  }
  if (i < text.size() && text[i] == '.') {
    for (++i; i < text.size() && is_digit(text[i]); ++i) {
    }
  }
  if (i < text.size()) return {};
  if (!negative && value == std::numeric_limits<std::int64_t>::min()) return {};
  if (!negative) value = -value;
  if (value < least || value > most) return {};
  return value;
}

std::optional<double> parse_double(std::string_view text) { return parse_floating<double>(text); }
std::optional<float> parse_float(std::string_view text) { return parse_floating<float>(text); }

}  // namespace flink::table::fn
