// SPDX-License-Identifier: Apache-2.0
// + - * / % and signs. Integers wrap, as Java's; a division of integers or decimals by zero ends
// the query, one of floating numbers gives Infinity or NaN.
#pragma once

#include <cmath>
#include <limits>
#include <optional>
#include <type_traits>

#include "table/context.h"
#include "table/fn/calendar.h"
#include "table/fn/decimal.h"

namespace flink::table::fn {

template <class T>
using Unsigned = std::make_unsigned_t<std::conditional_t<std::is_integral_v<T>, T, int>>;

template <class T>
T add(T a, T b) noexcept {
  if constexpr (std::is_integral_v<T>) {
    return static_cast<T>(static_cast<Unsigned<T>>(a) + static_cast<Unsigned<T>>(b));
  } else {
    return a + b;
  }
}
template <class T>
T subtract(T a, T b) noexcept {
  if constexpr (std::is_integral_v<T>) {
    return static_cast<T>(static_cast<Unsigned<T>>(a) - static_cast<Unsigned<T>>(b));
  } else {
    return a - b;
  }
}
template <class T>
T multiply_numbers(T a, T b) noexcept {
  if constexpr (std::is_integral_v<T>) {
    return static_cast<T>(static_cast<std::uint64_t>(a) * static_cast<std::uint64_t>(b));
  } else {
    return a * b;
  }
}

inline constexpr const char* by_zero = "division by zero: NULLIF(divisor, 0) gives NULL instead";

template <class T>
std::optional<T> divide_numbers(Context& context, T a, T b) {
  if constexpr (std::is_integral_v<T>) {
    if (b == 0) return context.fail(by_zero);
    if (b == -1) return subtract(T{0}, a);
    return static_cast<T>(a / b);
  } else {
    return a / b;
  }
}
template <class T>
std::optional<T> remainder_numbers(Context& context, T a, T b) {
  if constexpr (std::is_integral_v<T>) {
    if (b == 0) return context.fail(by_zero);
    if (b == -1) return T{0};
    return static_cast<T>(a % b);
  } else {
    return std::fmod(a, b);
  }
}
template <class T>
T negate(T a) noexcept {
  if constexpr (std::is_integral_v<T>) {
    return subtract(T{0}, a);
  } else {
    return -a;
  }
}
template <class T>
T absolute(T a) noexcept {
  if constexpr (std::is_integral_v<T>) {
    return a < 0 ? negate(a) : a;
  } else {
    return std::fabs(a);
  }
}

inline std::optional<Decimal> add_decimal(const Call& call, Decimal a, Decimal b) {
  return add_decimals(a.unscaled, call.arguments[0].scale(), b.unscaled, call.arguments[1].scale(),
                      call.result.precision(), call.result.scale());
}
inline std::optional<Decimal> subtract_decimal(const Call& call, Decimal a, Decimal b) {
  return add_decimal(call, a, Decimal{-b.unscaled});
}
inline std::optional<Decimal> multiply_decimal(const Call& call, Decimal a, Decimal b) {
  return multiply_decimals(a.unscaled, call.arguments[0].scale(), b.unscaled,
                           call.arguments[1].scale(), call.result.precision(), call.result.scale());
}
inline std::optional<Decimal> divide_decimal(Context& context, const Call& call, Decimal a,
                                             Decimal b) {
  if (b.unscaled == 0) return context.fail(by_zero);
  if (a.unscaled == 0) return Decimal{0};
  return divide_decimals(a.unscaled, call.arguments[0].scale(), b.unscaled,
                         call.arguments[1].scale(), call.result.precision(), call.result.scale());
}
inline std::optional<Decimal> remainder_decimal(Context& context, const Call& call, Decimal a,
                                                Decimal b) {
  if (b.unscaled == 0) return context.fail(by_zero);
  return remainder_of_decimals(a.unscaled, call.arguments[0].scale(), b.unscaled,
                               call.arguments[1].scale(), call.result.precision(),
                               call.result.scale());
}
inline Decimal negate_decimal(Decimal a) noexcept { return {-a.unscaled}; }
inline Decimal absolute_decimal(Decimal a) noexcept {
  return {a.unscaled < 0 ? -a.unscaled : a.unscaled};
}

// Intervals with each other, and with numbers: what is behind the point is cut off.
inline Months add_months_intervals(Months a, Months b) noexcept {
  return {add(a.months, b.months)};
}
inline Months subtract_months_intervals(Months a, Months b) noexcept {
  return {subtract(a.months, b.months)};
}
inline Millis add_millis_intervals(Millis a, Millis b) noexcept {
  return {add(a.millis, b.millis)};
}
inline Millis subtract_millis_intervals(Millis a, Millis b) noexcept {
  return {subtract(a.millis, b.millis)};
}
inline Months negate_months(Months a) noexcept { return {negate(a.months)}; }
inline Millis negate_millis(Millis a) noexcept { return {negate(a.millis)}; }

}  // namespace flink::table::fn
