// SPDX-License-Identifier: Apache-2.0
#include "base/number_text.h"

#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>
#include <string_view>

namespace flink::base {
namespace {

char* copy(char* at, std::string_view text) {
  std::memcpy(at, text.data(), text.size());
  return at + text.size();
}

// One digit of a number near 0 may stand for many numbers of two: Java writes the nearest of those.
template <class Number>
char* two_digits(char* at, Number value) {
  char* const end = at + number_text_max;
  const auto written = std::to_chars(at, end, value, std::chars_format::scientific, 1);
  Number back = 0;
  const auto read = std::from_chars(at, written.ptr, back);
  if (read.ec == std::errc{} && back == value) return written.ptr;
  return std::to_chars(at, end, value, std::chars_format::scientific).ptr;
}

template <class Number>
char* write_scientific(char* at, Number value) {
  char text[number_text_max];
  // So few bits are left there that a digit more makes a difference.
  const bool coarse = std::abs(value) < std::numeric_limits<Number>::denorm_min() * 1000;
  const char* const end =
      coarse ? two_digits(text, value)
             : std::to_chars(text, text + sizeof text, value, std::chars_format::scientific).ptr;
  const std::string_view all(text, static_cast<std::size_t>(end - text));
  const auto mark = all.find('e');
  at = copy(at, all.substr(0, mark));
  if (all.find('.') == std::string_view::npos) at = copy(at, ".0");
  *at++ = 'E';
  auto exponent = all.substr(mark + 1);
  if (exponent.front() == '-') *at++ = '-';
  exponent.remove_prefix(1);
  if (exponent.front() == '0') exponent.remove_prefix(1);
  return copy(at, exponent);
}

template <class Number>
char* write(char* at, Number value) {
  if (std::isnan(value)) return copy(at, "NaN");
  if (std::isinf(value)) return copy(at, value > 0 ? "Infinity" : "-Infinity");
  const Number size = std::abs(value);
  if (size != 0 && (size < static_cast<Number>(1e-3) || size >= static_cast<Number>(1e7)))
    return write_scientific(at, value);
  char* const end = std::to_chars(at, at + number_text_max, value, std::chars_format::fixed).ptr;
  const auto digits = static_cast<std::size_t>(end - at);
  return std::memchr(at, '.', digits) != nullptr ? end : copy(end, ".0");
}

}  // namespace

char* write_number(char* at, double value) { return write(at, value); }
char* write_number(char* at, float value) { return write(at, value); }

}  // namespace flink::base
