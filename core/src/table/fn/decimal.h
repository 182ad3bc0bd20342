// SPDX-License-Identifier: Apache-2.0
// Arithmetic on decimals of up to 38 digits. A result is rounded half up to the scale of its type;
// one with too many digits is NULL.
#pragma once

#include <algorithm>
#include <array>
#include <optional>
#include <string>

#include "table/fn/wide.h"

namespace flink::table::fn {

inline constexpr auto powers_of_ten = [] {
  std::array<uint128, 39> powers{};
  powers[0] = 1;
  for (std::size_t i = 1; i < powers.size(); ++i) powers[i] = powers[i - 1] * 10;
  return powers;
}();

inline uint128 magnitude(int128 value) noexcept {
  return value < 0 ? -static_cast<uint128>(value) : static_cast<uint128>(value);
}
inline int128 with_sign(uint128 value, bool negative) noexcept {
  return negative ? -static_cast<int128>(value) : static_cast<int128>(value);
}

inline int digits_of(uint128 value) noexcept {
  return static_cast<int>(std::upper_bound(powers_of_ten.begin(), powers_of_ten.end(), value) -
                          powers_of_ten.begin());
}

// value / 10^digits, half up.
inline Wide rounded_down(Wide value, int digits) noexcept {
  if (digits <= 0) return value;
  for (--digits; digits > 0; digits -= 38) {
    value = divide(value, powers_of_ten[std::min(digits, 38)]).quotient;
  }
  const Division last = divide(value, 10);
  return last.remainder >= 5 ? last.quotient + Wide{1, 0} : last.quotient;
}

// A number of scale `from` in a DECIMAL(precision, scale).
inline std::optional<Decimal> fit_decimal(Wide value, bool negative, int from, int precision,
                                          int scale) noexcept {
  if (from > scale) {
    value = rounded_down(value, from - scale);
  } else if (from < scale && !(value == Wide{})) {
    const int more = scale - from;
    if (more > 38 || !value.fits() || value.low >= powers_of_ten[38 - std::min(more, 38)])
      return {};
    value.low *= powers_of_ten[more];
  }
  if (!value.fits() || value.low >= powers_of_ten[precision]) return {};
  return Decimal{with_sign(value.low, negative)};
}
inline std::optional<Decimal> fit_decimal(int128 value, int from, int precision,
                                          int scale) noexcept {
  return fit_decimal(Wide{magnitude(value), 0}, value < 0, from, precision, scale);
}

inline std::optional<Decimal> add_decimals(int128 a, int a_scale, int128 b, int b_scale,
                                           int precision, int scale) noexcept {
  const int common = std::max(a_scale, b_scale);
  const Wide left = multiply(magnitude(a), powers_of_ten[common - a_scale]);
  const Wide right = multiply(magnitude(b), powers_of_ten[common - b_scale]);
  const bool negative = a < 0;
  if (negative == (b < 0)) return fit_decimal(left + right, negative, common, precision, scale);
  if (left < right) return fit_decimal(right - left, !negative, common, precision, scale);
  return fit_decimal(left - right, negative, common, precision, scale);
}

inline std::optional<Decimal> multiply_decimals(int128 a, int a_scale, int128 b, int b_scale,
                                                int precision, int scale) noexcept {
  return fit_decimal(multiply(magnitude(a), magnitude(b)), (a < 0) != (b < 0), a_scale + b_scale,
                     precision, scale);
}

// First to 38 significant digits, then to the scale: two roundings, as Flink. `b` is not zero.
inline std::optional<Decimal> divide_decimals(int128 a, int a_scale, int128 b, int b_scale,
                                              int precision, int scale) noexcept {
  const uint128 over = magnitude(a), under = magnitude(b);
  const bool negative = (a < 0) != (b < 0);
  const int more = 38 + digits_of(under) - digits_of(over);
  Wide scaled = multiply(over, powers_of_ten[std::min(more, 38)]);
  if (more > 38) scaled = multiply(scaled, powers_of_ten[more - 38]);
  const Division result = divide(scaled, under);
  Wide quotient = result.quotient;
  int quotient_scale = a_scale - b_scale + more;
  if (quotient.fits() && quotient.low >= powers_of_ten[38]) {  // 39 digits: one too many
    const bool up = quotient.low % 10 >= 5;
    quotient.low = quotient.low / 10 + (up ? 1 : 0);
    --quotient_scale;
  } else if (result.remainder >= under - result.remainder) {
    quotient = quotient + Wide{1, 0};
  }
  while (quotient_scale < 0) {
    if (!quotient.fits() || quotient.low >= powers_of_ten[37]) return {};
    quotient.low *= 10;
    ++quotient_scale;
  }
  // Zeros at the end are not digits that could overflow.
  while (quotient_scale > scale && quotient.fits() && quotient.low % 10 == 0 && quotient.low != 0) {
    quotient.low /= 10;
    --quotient_scale;
  }
  return fit_decimal(quotient, negative, quotient_scale, precision, scale);
}

// Has the sign of `a`; `b` is not zero.
inline std::optional<Decimal> remainder_of_decimals(int128 a, int a_scale, int128 b, int b_scale,
                                                    int precision, int scale) noexcept {
  const int common = std::max(a_scale, b_scale);
  const Wide left = multiply(magnitude(a), powers_of_ten[common - a_scale]);
  const Wide right = multiply(magnitude(b), powers_of_ten[common - b_scale]);
  if (left < right) return fit_decimal(left, a < 0, common, precision, scale);
  if (!right.fits()) {  // then at most a few subtractions remain
    Wide rest = left;
    Wide step = right;
    while (step < rest - step) step = step + step;
    for (; !(step < right);) {
      if (!(rest < step)) rest = rest - step;
      step = {step.low >> 1 | step.high << 127, step.high >> 1};
    }
    return fit_decimal(rest, a < 0, common, precision, scale);
  }
  return fit_decimal(Wide{divide(left, right.low).remainder, 0}, a < 0, common, precision, scale);
}

inline int compare_decimals(int128 a, int a_scale, int128 b, int b_scale) noexcept {
  if ((a < 0) != (b < 0)) return a < 0 ? -1 : 1;
  const int common = std::max(a_scale, b_scale);
  const Wide left = multiply(magnitude(a), powers_of_ten[common - a_scale]);
  const Wide right = multiply(magnitude(b), powers_of_ten[common - b_scale]);
  const int order = left == right ? 0 : left < right ? -1 : 1;
  return a < 0 ? -order : order;
}

// With all digits of its scale: -1.50.
void append_decimal(std::string& out, int128 value, int scale);
double double_of(int128 value, int scale);
// The number that Java's text of it says, as DECIMAL(precision, scale); NaN and infinities are
// none.
std::optional<Decimal> decimal_of(double value, int precision, int scale);
// "-12.5e3" and blanks around; `valid` says whether it is a number at all.
std::optional<Decimal> parse_decimal(std::string_view text, int precision, int scale, bool& valid);

}  // namespace flink::table::fn
