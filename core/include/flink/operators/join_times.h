// SPDX-License-Identifier: Apache-2.0
// Compares the times of a join's list, a few at once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace flink::detail {

constexpr std::size_t times_at_once = 4;

// A bit for each of so many that is one of first..last.
inline std::uint64_t times_within(const std::int32_t* times, std::int32_t first,
                                  std::int32_t last) {
#if defined(__SSE2__)
  typedef std::int32_t Four __attribute__((vector_size(16)));
  typedef float Floats __attribute__((vector_size(16)));
  Four four;
  std::memcpy(&four, times, sizeof(four));
  const Four inside = (four >= first) & (four <= last);
  Floats signs;
  std::memcpy(&signs, &inside, sizeof(signs));
  return static_cast<std::uint64_t>(__builtin_ia32_movmskps(signs));
#else
  std::uint64_t inside = 0;
  for (std::size_t n = 0; n < times_at_once; ++n) {
    inside |= std::uint64_t{times[n] >= first && times[n] <= last} << n;
  }
  return inside;
#endif
}

}  // namespace flink::detail
