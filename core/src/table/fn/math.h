// SPDX-License-Identifier: Apache-2.0
// Functions of numbers.
#pragma once

#include <array>
#include <cmath>
#include <numbers>
#include <optional>
#include <string>

#include "table/context.h"
#include "table/fn/decimal.h"

namespace flink::table::fn {

inline double square_root(double x) noexcept { return std::sqrt(x); }
inline double exponential(double x) noexcept { return std::exp(x); }
inline double natural_log(double x) noexcept { return std::log(x); }
inline double log_10(double x) noexcept { return std::log10(x); }
inline double log_2(double x) noexcept { return std::log(x) / std::log(2.0); }
inline double log_of_base(double base, double x) noexcept { return std::log(x) / std::log(base); }
inline double power(double x, double y) noexcept { return std::pow(x, y); }
inline double sine(double x) noexcept { return std::sin(x); }
inline double cosine(double x) noexcept { return std::cos(x); }
inline double tangent(double x) noexcept { return std::tan(x); }
inline double cotangent(double x) noexcept { return 1.0 / std::tan(x); }
inline double hyperbolic_sine(double x) noexcept { return std::sinh(x); }
inline double hyperbolic_cosine(double x) noexcept { return std::cosh(x); }
inline double hyperbolic_tangent(double x) noexcept { return std::tanh(x); }
inline double arc_sine(double x) noexcept { return std::asin(x); }
inline double arc_cosine(double x) noexcept { return std::acos(x); }
inline double arc_tangent(double x) noexcept { return std::atan(x); }
inline double arc_tangent_of(double y, double x) noexcept { return std::atan2(y, x); }
inline double degrees(double x) noexcept { return x * (180.0 / std::numbers::pi); }
inline double radians(double x) noexcept { return x * (std::numbers::pi / 180.0); }
inline double pi() noexcept { return std::numbers::pi; }
inline double euler() noexcept { return std::numbers::e; }

template <class T>
T sign(T x) noexcept {
  if constexpr (std::is_floating_point_v<T>) {
    return x > 0 ? T{1} : x < 0 ? T{-1} : x;
  } else {
    return static_cast<T>(x > 0 ? 1 : x < 0 ? -1 : 0);
  }
}
inline Decimal sign_decimal(const Call& call, Decimal x) noexcept {
  const auto one = static_cast<int128>(powers_of_ten[call.result.scale()]);
  return {x.unscaled > 0 ? one : x.unscaled < 0 ? -one : 0};
}

template <class T>
T floor_number(T x) noexcept {
  if constexpr (std::is_floating_point_v<T>) return std::floor(x);
  return x;
}
template <class T>
T ceil_number(T x) noexcept {
  if constexpr (std::is_floating_point_v<T>) return std::ceil(x);
  return x;
}
inline Decimal floor_decimal(const Call& call, Decimal x) noexcept {
  const auto one = static_cast<int128>(powers_of_ten[call.arguments[0].scale()]);
  return {x.unscaled / one - (x.unscaled % one < 0 ? 1 : 0)};
}
inline Decimal ceil_decimal(const Call& call, Decimal x) noexcept {
  const auto one = static_cast<int128>(powers_of_ten[call.arguments[0].scale()]);
  return {x.unscaled / one + (x.unscaled % one > 0 ? 1 : 0)};
}

// Of the digits that Java prints, half up; digits < 0: before the point.
std::optional<double> round_double(Context& context, double x, std::int32_t digits);
std::optional<double> truncate_double(Context& context, double x, std::int32_t digits);
std::int64_t round_integer(std::int64_t x, std::int32_t digits) noexcept;
std::int64_t truncate_integer(std::int64_t x, std::int32_t digits) noexcept;
std::optional<Decimal> round_decimal(const Call& call, Decimal x, std::int32_t digits) noexcept;
std::optional<Decimal> truncate_decimal(const Call& call, Decimal x, std::int32_t digits) noexcept;

// java.util.Random, of which seeds are known.
class JavaRandom {
 public:
  explicit JavaRandom(std::int64_t seed) noexcept
      : seed_((static_cast<std::uint64_t>(seed) ^ multiplier) & mask) {}
  std::int32_t next_int(std::int32_t bound) noexcept;
  double next_double() noexcept;

 private:
  static constexpr std::uint64_t multiplier = 0x5DEECE66D;
  static constexpr std::uint64_t mask = (std::uint64_t{1} << 48) - 1;
  std::int32_t next(int bits) noexcept;

  std::uint64_t seed_;
};

double random_number(Context& context) noexcept;
double random_number_of(const Call& call, std::int32_t seed);
std::optional<std::int32_t> random_integer(Context& context, std::int32_t bound);
std::optional<std::int32_t> random_integer_of(Context& context, const Call& call, std::int32_t seed,
                                              std::int32_t bound);
std::string_view uuid(Context& context);

std::string_view binary_digits(Context& context, std::int64_t x);
std::string_view hex_of_integer(Context& context, std::int64_t x);
std::string_view hex_of_text(Context& context, std::string_view x);
std::optional<std::string_view> bytes_of_hex(Context& context, std::string_view x);

}  // namespace flink::table::fn
