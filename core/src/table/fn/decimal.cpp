// SPDX-License-Identifier: Apache-2.0
#include "table/fn/decimal.h"

#include <charconv>
#include <cmath>

#include "base/number_text.h"

namespace flink::table::fn {

void append_decimal(std::string& out, int128 value, int scale) {
  char digits[48];
  char* at = digits + sizeof digits;
  uint128 rest = magnitude(value);
  int count = 0;
  while (rest != 0 || count <= scale) {
    if (count == scale && scale > 0) *--at = '.';
    *--at = static_cast<char>('0' + static_cast<int>(rest % 10));
    rest /= 10;
    ++count;
  }
  if (value < 0) *--at = '-';
  out.append(at, digits + sizeof digits);
}

double double_of(int128 value, int scale) {
  constexpr int128 exact = int128{1} << 53;
  if (scale == 0) return static_cast<double>(value);
  if (scale <= 22 && value > -exact && value < exact) {
    return static_cast<double>(value) / static_cast<double>(powers_of_ten[scale]);
  }
  std::string text;
  append_decimal(text, value, scale);
  double out = 0;
  std::from_chars(text.data(), text.data() + text.size(), out);
  return out;
}

std::optional<Decimal> decimal_of(double value, int precision, int scale) {
  if (!std::isfinite(value)) return {};
  bool valid = false;
  return parse_decimal(base::number_text(value), precision, scale, valid);
}

namespace {

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && static_cast<unsigned char>(text.front()) <= ' ') text.remove_prefix(1);
  while (!text.empty() && static_cast<unsigned char>(text.back()) <= ' ') text.remove_suffix(1);
  return text;
}

bool parse_exponent(std::string_view text, int& exponent) {
  if (text.starts_with('+')) text.remove_prefix(1);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), exponent);
  return error == std::errc{} && end == text.data() + text.size() && !text.empty();
}

}  // namespace

std::optional<Decimal> parse_decimal(std::string_view text, int precision, int scale, bool& valid) {
  text = trimmed(text);
  valid = false;
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  Wide value;
  int digits = 0, behind = 0, dropped = 0;
  bool point = false;
  std::size_t i = 0;
  for (; i < text.size(); ++i) {
    if (text[i] == '.' && !point) {
      point = true;
    } else if (text[i] >= '0' && text[i] <= '9') {
      ++digits;
      if (value.fits() && value.low < powers_of_ten[38] / 10) {
        value.low = value.low * 10 + static_cast<unsigned>(text[i] - '0');
        behind += point ? 1 : 0;
      } else if (value.high >> 64 == 0) {
        value = multiply(value, 10) + Wide{static_cast<unsigned>(text[i] - '0'), 0};
        behind += point ? 1 : 0;
      } else {
        dropped += point ? 0 : 1;
      }
    } else {
      break;
    }
  }
  int exponent = 0;
  if (digits == 0) return {};
  if (i < text.size()) {
    if ((text[i] != 'e' && text[i] != 'E') || !parse_exponent(text.substr(i + 1), exponent))
      return {};
  }
  valid = true;
  int from = behind - dropped - exponent;
  if (value == Wide{}) return Decimal{0};
  if (from > 120) return Decimal{0};
  while (from < 0) {
    if (!value.fits() || value.low >= powers_of_ten[37]) return {};
    value.low *= 10;
    ++from;
  }
  return fit_decimal(value, negative, from, precision, scale);
}

}  // namespace flink::table::fn
