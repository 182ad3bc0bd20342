// SPDX-License-Identifier: Apache-2.0
// Numbers and booleans out of text, as Flink's casts read them; and Java's conversions of numbers.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>

namespace flink::table::fn {

// true, t, yes, y, 1; false, f, no, n, 0; in any case.
std::optional<bool> parse_boolean(std::string_view text);

// " -12.9 " is -12. Nothing when it is no number, or out of [least, most].
std::optional<std::int64_t> parse_integer(std::string_view text, std::int64_t least,
                                          std::int64_t most);

// As Java's Double.parseDouble: NaN, Infinity, 1e5, 1.5f, blanks around.
std::optional<double> parse_double(std::string_view text);
std::optional<float> parse_float(std::string_view text);

// (int) x and (long) x of Java: NaN is 0, what is beyond the range its end.
inline std::int64_t to_long(double value) noexcept {
  if (std::isnan(value)) return 0;
  if (value >= 9223372036854775808.0) return std::numeric_limits<std::int64_t>::max();
  if (value < -9223372036854775808.0) return std::numeric_limits<std::int64_t>::min();
  return static_cast<std::int64_t>(value);
}
inline std::int32_t to_int(double value) noexcept {
  if (std::isnan(value)) return 0;
  if (value >= 2147483647.0) return std::numeric_limits<std::int32_t>::max();
  if (value <= -2147483648.0) return std::numeric_limits<std::int32_t>::min();
  return static_cast<std::int32_t>(value);
}

}  // namespace flink::table::fn
