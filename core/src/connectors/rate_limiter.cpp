// SPDX-License-Identifier: Apache-2.0
#include <flink/base/check.h>
#include <flink/connectors/rate_limiter.h>
#include <flink/error.h>

#include <algorithm>
#include <cmath>

namespace flink {

RateLimiterStrategy RateLimiterStrategy::per_second(double records) {
  if (!(records > 0) || !std::isfinite(records)) {
    throw Error{ErrorKind::user, detail::concat("RateLimiterStrategy::per_second(", records,
                                                "): the rate must be more than 0")};
  }
  RateLimiterStrategy strategy;
  strategy.per_second_ = records;
  return strategy;
}

namespace detail {
namespace {
// One batch wakes for this long at least, so that a fast source does not wake for single records.
constexpr std::chrono::nanoseconds pause_min = std::chrono::milliseconds{1};
}  // namespace

std::int64_t RateLimiter::take(std::chrono::nanoseconds now, std::int64_t wanted) {
  if (start_.count() < 0) start_ = now;
  const double elapsed = std::chrono::duration<double>(now - start_).count();
  const auto due = static_cast<std::int64_t>(elapsed * per_second_) + 1;
  std::int64_t free = due - taken_;
  // What was not used (back-pressure) is caught up for one second at most, as in Flink.
  const auto burst_max = std::max<std::int64_t>(1, static_cast<std::int64_t>(per_second_));
  if (free > burst_max) {
    taken_ = 0;
    start_ = now - std::chrono::duration_cast<std::chrono::nanoseconds>(
                       std::chrono::duration<double>((burst_max - 1) / per_second_));
    free = burst_max;
  }
  const std::int64_t given = std::clamp<std::int64_t>(wanted, 0, std::max<std::int64_t>(free, 0));
  taken_ += given;
  return given;
}

std::chrono::nanoseconds RateLimiter::wait(std::chrono::nanoseconds now) const {
  const auto due = start_ + std::chrono::nanoseconds{static_cast<std::int64_t>(
                                std::ceil(static_cast<double>(taken_) * 1e9 / per_second_))};
  return std::max(due - now, pause_min);
}

}  // namespace detail
}  // namespace flink
