// SPDX-License-Identifier: Apache-2.0
// Randomness of an event: a few words of 64 bits that depend on the seed, the event's number and
// which word it is, and on nothing else. So any event can be made at any time, by any subtask, and
// a column that nobody asks for costs nothing.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace nexmark {

// The finalizer of SplitMix64.
constexpr std::uint64_t mix(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

// Word `index` (< 8) of event `number`.
constexpr std::uint64_t random_word(std::uint64_t key, std::int64_t number, unsigned index) {
  return mix(key + (static_cast<std::uint64_t>(number) * 8 + index) * 0x9e3779b97f4a7c15);
}

// A number in [0, bound) of 32 random bits.
constexpr std::int64_t below(std::uint64_t bits32, std::int64_t bound) {
  return static_cast<std::int64_t>(((bits32 & 0xffffffff) * static_cast<std::uint64_t>(bound)) >>
                                   32);
}

namespace detail {
// round(100 * 2^(i / 1024) * 2^24), by multiplication: the same on every machine.
constexpr auto price_mantissas = [] {
  constexpr double step = 1.000677130693066356690;  // 2^(1/1024)
  std::array<std::uint64_t, 1025> table{};
  double value = 100.0 * (1 << 24);
  for (auto& entry : table) {
    entry = static_cast<std::uint64_t>(value + 0.5);
    value *= step;
  }
  return table;
}();
}  // namespace detail

// round(100 * 10^(6u)) for a u of 27 random bits in [0, 1): 100 to 99,999,990 or so, as many prices
// between 100 and 1,000 as between 10,000,000 and 100,000,000.
constexpr std::int64_t price_of(std::uint64_t bits27) {
  constexpr std::uint64_t doublings = 85605434829;                  // 6 * log2(10) * 2^32
  const std::uint64_t exponent = (bits27 & 0x7ffffff) * doublings;  // 5 bits, then 59 of fraction
  const auto place = static_cast<std::size_t>((exponent >> 49) & 1023);
  const std::uint64_t part = (exponent >> 29) & 0xfffff;
  const std::uint64_t low = detail::price_mantissas[place];
  const std::uint64_t high = detail::price_mantissas[place + 1];
  const std::uint64_t value = low + (((high - low) * part) >> 20);
  return static_cast<std::int64_t>(((value << (exponent >> 59)) + (1 << 23)) >> 24);
}

}  // namespace nexmark
