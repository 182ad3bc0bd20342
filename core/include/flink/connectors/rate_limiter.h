// SPDX-License-Identifier: Apache-2.0
// How fast a source may emit (Flink, RateLimiterStrategy). The limiter is a state machine: time
// goes in, a number of records comes out; it never waits. One reader each.
#pragma once

#include <flink/base/chrono.h>

#include <cstdint>

namespace flink {

class RateLimiterStrategy {
 public:
  // Records a second over all subtasks together; more than 0.
  static RateLimiterStrategy per_second(double records);
  static RateLimiterStrategy no_op() { return {}; }

  bool limited() const noexcept { return per_second_ > 0; }
  double records_per_second() const noexcept { return per_second_; }

 private:
  double per_second_ = 0;
};

namespace detail {

class RateLimiter {
 public:
  RateLimiter(const RateLimiterStrategy& strategy, int parallelism)
      : per_second_(strategy.records_per_second() / parallelism) {}
  bool limited() const noexcept { return per_second_ > 0; }
  // How many of `wanted` records may be emitted now; they count as emitted.
  std::int64_t take(std::chrono::nanoseconds now, std::int64_t wanted);
  // Until take() gives one again.
  std::chrono::nanoseconds wait(std::chrono::nanoseconds now) const;

 private:
  double per_second_;
  std::chrono::nanoseconds start_{-1};  // when the first of taken_ was due
  std::int64_t taken_ = 0;
};

}  // namespace detail
}  // namespace flink
