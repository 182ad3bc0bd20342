// SPDX-License-Identifier: Apache-2.0
// When an asynchronous function is asked once more for the same record (Flink, "Retry Support" of
// "Asynchronous I/O").
//
//   AsyncRetryStrategy<Price>::fixed_delay(3, 100ms)
//       .if_result([](const std::vector<Price>& found) { return found.empty(); })
//       .if_exception([](const std::exception_ptr&) { return true; })
//
// Without a condition nothing is asked again. The request's time-out spans all its attempts. When
// the input has ended there are no more pauses.
#pragma once

#include <flink/base/algorithm.h>
#include <flink/base/chrono.h>
#include <flink/base/functional.h>
#include <flink/error.h>

#include <cstdint>
#include <exception>
#include <string>
#include <utility>
#include <vector>

namespace flink {

template <class Out>
class AsyncRetryStrategy {
 public:
  using Results = std::vector<Out>;

  // `max_attempts`: how often it is asked again, after the first time; at least once.
  static AsyncRetryStrategy fixed_delay(int max_attempts, std::chrono::milliseconds delay) {
    return AsyncRetryStrategy{max_attempts, delay, delay, 1};
  }
  // The pause grows from `initial_delay` by `multiplier` each time, up to `max_delay`.
  static AsyncRetryStrategy exponential_backoff(int max_attempts,
                                                std::chrono::milliseconds initial_delay,
                                                std::chrono::milliseconds max_delay,
                                                double multiplier) {
    return AsyncRetryStrategy{max_attempts, initial_delay, max_delay, multiplier};
  }
  AsyncRetryStrategy if_result(std::function<bool(const Results&)> predicate) && {
    if_result_ = std::move(predicate);
    return std::move(*this);
  }
  AsyncRetryStrategy if_exception(std::function<bool(const std::exception_ptr&)> predicate) && {
    if_exception_ = std::move(predicate);
    return std::move(*this);
  }
  AsyncRetryStrategy if_result(std::function<bool(const Results&)> predicate) const& {
    return AsyncRetryStrategy{*this}.if_result(std::move(predicate));
  }
  AsyncRetryStrategy if_exception(std::function<bool(const std::exception_ptr&)> predicate) const& {
    return AsyncRetryStrategy{*this}.if_exception(std::move(predicate));
  }

  // ---- for operators: none asks again
  AsyncRetryStrategy() = default;
  bool retries(int retried, const Results& results) const {
    return retried < max_attempts_ && if_result_ && if_result_(results);
  }
  bool retries(int retried, const std::exception_ptr& error) const {
    return retried < max_attempts_ && if_exception_ && if_exception_(error);
  }
  // Before it is asked again, having been `retried` times.
  std::int64_t delay_millis(int retried) const {
    auto delay = static_cast<double>(initial_delay_);
    for (int i = 0; i < retried && delay < static_cast<double>(max_delay_); ++i) {
      delay *= multiplier_;
    }
    return std::min(static_cast<std::int64_t>(std::min(delay, 9e18)), max_delay_);
  }

 private:
  AsyncRetryStrategy(int max_attempts, std::chrono::milliseconds initial_delay,
                     std::chrono::milliseconds max_delay, double multiplier)
      : max_attempts_(max_attempts),
        initial_delay_(initial_delay.count()),
        max_delay_(max_delay.count()),
        multiplier_(multiplier) {
    const auto refuse = [](const std::string& what) {
      throw Error{ErrorKind::user, "a retry strategy has " + what};
    };
    if (max_attempts < 1) {
      refuse(std::to_string(max_attempts) + " attempts: give it 1 or more, or use no strategy");
    }
    if (initial_delay_ < 1) {
      refuse("a delay of " + std::to_string(initial_delay_) + " ms: give it 1 ms or more");
    }
    if (max_delay_ < initial_delay_) {
      refuse("a greatest delay of " + std::to_string(max_delay_) + " ms, below its first one of " +
             std::to_string(initial_delay_) + " ms");
    }
    if (!(multiplier >= 1)) refuse("a multiplier below 1: its delays would shrink");
  }

  int max_attempts_ = 0;
  std::int64_t initial_delay_ = 0, max_delay_ = 0;
  double multiplier_ = 1;
  std::function<bool(const Results&)> if_result_;
  std::function<bool(const std::exception_ptr&)> if_exception_;
};

}  // namespace flink
