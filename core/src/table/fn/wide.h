// SPDX-License-Identifier: Apache-2.0
// Unsigned numbers of 256 bits, as far as decimals of 38 digits need them between two roundings.
#pragma once

#include <array>
#include <bit>

#include "table/value.h"

namespace flink::table::fn {

struct Wide {
  uint128 low = 0;
  uint128 high = 0;

  bool fits() const noexcept { return high == 0; }
  friend bool operator==(const Wide&, const Wide&) = default;
  friend bool operator<(const Wide& a, const Wide& b) noexcept {
    return a.high != b.high ? a.high < b.high : a.low < b.low;
  }
};

inline Wide operator+(const Wide& a, const Wide& b) noexcept {
  Wide sum{a.low + b.low, a.high + b.high};
  if (sum.low < a.low) ++sum.high;
  return sum;
}
inline Wide operator-(const Wide& a, const Wide& b) noexcept {
  return {a.low - b.low, a.high - b.high - (a.low < b.low ? 1 : 0)};
}

inline Wide multiply(uint128 a, uint128 b) noexcept {
  const std::uint64_t a0 = static_cast<std::uint64_t>(a), a1 = static_cast<std::uint64_t>(a >> 64);
  const std::uint64_t b0 = static_cast<std::uint64_t>(b), b1 = static_cast<std::uint64_t>(b >> 64);
  const uint128 low = static_cast<uint128>(a0) * b0;
  const uint128 mid = static_cast<uint128>(a1) * b0 + (low >> 64);
  const uint128 cross = static_cast<uint128>(a0) * b1 + static_cast<std::uint64_t>(mid);
  return {(cross << 64) | static_cast<std::uint64_t>(low),
          static_cast<uint128>(a1) * b1 + (mid >> 64) + (cross >> 64)};
}

// Without what does not fit in 256 bits.
inline Wide multiply(const Wide& a, uint128 b) noexcept {
  Wide product = multiply(a.low, b);
  product.high += a.high * b;
  return product;
}

struct Division {
  Wide quotient;
  uint128 remainder;
};

namespace detail {

// The 32-bit digits of a number, lowest first, and how many count.
struct Digits {
  std::array<std::uint32_t, 9> digit{};
  int count = 0;

  explicit Digits(const Wide& value) {
    for (int i = 0; i < 4; ++i) {
      digit[i] = static_cast<std::uint32_t>(value.low >> (32 * i));
      digit[i + 4] = static_cast<std::uint32_t>(value.high >> (32 * i));
    }
    for (count = 8; count > 0 && digit[count - 1] == 0; --count) {
    }
  }
};

inline void shift_left(Digits& value, int bits) noexcept {
  if (bits == 0) return;
  for (int i = 8; i > 0; --i) {
    value.digit[i] = value.digit[i] << bits | value.digit[i - 1] >> (32 - bits);
  }
  value.digit[0] <<= bits;
}

// Knuth's algorithm D, one digit of the quotient: subtracts it times `by` from `at`.
inline std::uint32_t divide_step(std::uint32_t* at, const Digits& by) noexcept {
  const int n = by.count;
  const std::uint64_t top = static_cast<std::uint64_t>(at[n]) << 32 | at[n - 1];
  std::uint64_t guess = top / by.digit[n - 1], rest = top % by.digit[n - 1];
  while (guess >> 32 || guess * by.digit[n - 2] > (rest << 32 | at[n - 2])) {
    --guess;
    rest += by.digit[n - 1];
    if (rest >> 32) break;
  }
  std::int64_t borrow = 0;
  std::uint64_t carry = 0;
  for (int i = 0; i < n; ++i) {
    const std::uint64_t product = guess * by.digit[i] + carry;
    carry = product >> 32;
    const std::int64_t part = static_cast<std::int64_t>(at[i]) - borrow -
                              static_cast<std::int64_t>(static_cast<std::uint32_t>(product));
    at[i] = static_cast<std::uint32_t>(part);
    borrow = part < 0 ? 1 : 0;
  }
  const std::int64_t part =
      static_cast<std::int64_t>(at[n]) - borrow - static_cast<std::int64_t>(carry);
  at[n] = static_cast<std::uint32_t>(part);
  if (part < 0) {  // guessed one too many
    --guess;
    std::uint64_t back = 0;
    for (int i = 0; i < n; ++i) {
      back += static_cast<std::uint64_t>(at[i]) + by.digit[i];
      at[i] = static_cast<std::uint32_t>(back);
      back >>= 32;
    }
    at[n] += static_cast<std::uint32_t>(back);
  }
  return static_cast<std::uint32_t>(guess);
}

}  // namespace detail

// `by` is not zero.
inline Division divide(const Wide& value, uint128 by) noexcept {
  if (value.fits()) return {{value.low / by, 0}, value.low % by};
  if (by >> 64 == 0) {  // digits of 64 bits
    const auto small = static_cast<std::uint64_t>(by);
    Wide quotient;
    uint128 rest = value.high % small;
    quotient.high = value.high / small;
    for (int shift = 64; shift >= 0; shift -= 64) {
      rest = rest << 64 | static_cast<std::uint64_t>(value.low >> shift);
      quotient.low |= (rest / small) << shift;
      rest %= small;
    }
    return {quotient, rest};
  }
  detail::Digits over{value}, under{{by, 0}};
  const int bits = std::countl_zero(under.digit[under.count - 1]);
  detail::shift_left(over, bits);
  detail::shift_left(under, bits);
  Wide quotient;
  for (int i = 8 - under.count; i >= 0; --i) {
    const uint128 digit = detail::divide_step(&over.digit[i], under);
    if (i < 4) {
      quotient.low |= digit << (32 * i);
    } else {
      quotient.high |= digit << (32 * (i - 4));
    }
  }
  uint128 rest = 0;
  for (int i = 3; i >= 0; --i) rest = rest << 32 | over.digit[i];
  if (bits > 0) rest = rest >> bits | static_cast<uint128>(over.digit[4]) << (128 - bits);
  return {quotient, rest};
}

}  // namespace flink::table::fn
