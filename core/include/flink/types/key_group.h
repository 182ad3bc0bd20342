// SPDX-License-Identifier: Apache-2.0
// From a key's hash to its key group and the subtask that owns it, by Flink's rule.
#pragma once

#include <bit>
#include <cstdint>

namespace flink {
namespace detail {

constexpr std::uint32_t murmur_mix(std::uint32_t code) {
  code *= 0xcc9e2d51u;
  code = std::rotl(code, 15);
  code *= 0x1b873593u;
  code = std::rotl(code, 13);
  code = code * 5 + 0xe6546b64u;
  code ^= 4;
  code ^= code >> 16;
  code *= 0x85ebca6bu;
  code ^= code >> 13;
  code *= 0xc2b2ae35u;
  code ^= code >> 16;
  return code;
}
// Flink's MathUtils.murmurHash: the magnitude, and 0 for the one number that has none.
constexpr std::uint32_t murmur_hash(std::uint32_t code) {
  code = murmur_mix(code);
  if (code == 0x80000000u) return 0;
  return code >> 31 != 0 ? 0u - code : code;
}

}  // namespace detail

// The key group, 0 … max_parallelism - 1, of a key's hash. max_parallelism > 0.
constexpr int key_group(std::uint64_t hash, int max_parallelism) {
  const std::uint32_t code = detail::murmur_hash(static_cast<std::uint32_t>(hash ^ (hash >> 32)));
  const auto groups = static_cast<std::uint32_t>(max_parallelism);
  if ((groups & (groups - 1)) == 0) [[likely]]
    return static_cast<int>(code & (groups - 1));
  return static_cast<int>(code % groups);
}

// The subtask that owns a key group.
constexpr int operator_index(int key_group, int max_parallelism, int parallelism) {
  return static_cast<int>(static_cast<std::int64_t>(key_group) * parallelism / max_parallelism);
}

// What Flink takes when none is set: 1.5 times the parallelism, rounded up to a power of two, from
// 128 to 32768.
constexpr int default_max_parallelism(int parallelism) {
  const auto wanted = std::bit_ceil(static_cast<std::uint64_t>(parallelism) +
                                    static_cast<std::uint64_t>(parallelism) / 2);
  return wanted < 128 ? 128 : wanted > 32768 ? 32768 : static_cast<int>(wanted);
}

}  // namespace flink
