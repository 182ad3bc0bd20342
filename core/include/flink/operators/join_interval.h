// SPDX-License-Identifier: Apache-2.0
// The arithmetic of times in an interval join: none of it leaves the range of a timestamp.
#pragma once

#include <cstdint>

namespace flink::detail {

// As far as time goes.
inline std::int64_t add_millis(std::int64_t a, std::int64_t b) noexcept {
  std::int64_t sum = 0;
  if (!__builtin_add_overflow(a, b, &sum)) [[likely]]
    return sum;
  return b > 0 ? INT64_MAX : INT64_MIN;
}

// A pair joins when left + lower <= right <= left + upper; milliseconds. Nothing does when
// lower > upper.
struct JoinInterval {
  std::int64_t lower = 0, upper = 0;

  std::int64_t width() const;  // of a bucket
  std::int64_t bucket_of(std::int64_t millis) const;
  // The last millisecond of a bucket.
  std::int64_t last_of(std::int64_t bucket) const;
};
[[noreturn]] void fail_join_without_timestamp();

}  // namespace flink::detail
