// SPDX-License-Identifier: Apache-2.0
// How many records a chain is given at once, so that its task looks at mail, barriers and timers
// about once a millisecond: all that come when they are quick, one when each takes 20 ms. Begins
// with one, and doubles. Sans-io; the task's own.
#pragma once

#include <algorithm>
#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "base/clock.h"

namespace flink::task {

class BatchPacer {
 public:
  static constexpr base::Duration batch_time = std::chrono::milliseconds{1};
  static constexpr std::size_t records_max = 1024;  // from here on batches are not cut

  std::size_t records() const { return records_ == records_max ? SIZE_MAX : records_; }
  // The last batch was done in a fraction of that time.
  bool quick() const { return last_ < batch_time / 8; }

  // So many records took so long, waiting for room included. True: records_in() has changed.
  bool took(std::size_t records, base::Duration lasted) {
    bool measured = false;
    last_ = lasted;
    all_records_ += records;
    sum_records_ += records;
    sum_time_ += lasted;
    if (first_window_ || sum_time_ >= window) {
      each_nanos_ = nanos_each(sum_records_, sum_time_);
      first_window_ = first_window_ && sum_time_ < window;
      if (!first_window_) sum_records_ = 0, sum_time_ = {};
      measured = true;
    }
    if (lasted > batch_time) {
      const double fits = static_cast<double>(batch_time.count()) / nanos_each(records, lasted);
      records_ = std::clamp<std::size_t>(static_cast<std::size_t>(fits), 1, records_);
    } else if (lasted < batch_time / 2 && records >= records_ / 2) {
      records_ = std::min(2 * records_, records_max);
    }
    return measured;
  }

  // How many records take that time, as a power of two; one as long as nothing is known. No more
  // than twice as many as there were so far: the first ones may be quick because what is slow has
  // room for them.
  std::size_t records_in(base::Duration time) const {
    if (each_nanos_ < 0) return 1;
    const double count = std::min(static_cast<double>(time.count()) / std::max(each_nanos_, 1.0),
                                  2 * static_cast<double>(all_records_));
    return std::bit_floor(std::max<std::uint64_t>(1, static_cast<std::uint64_t>(count)));
  }

 private:
  // Waits for room come in bursts.
  static constexpr base::Duration window = std::chrono::milliseconds{10};
  static double nanos_each(std::size_t records, base::Duration time) {
    return static_cast<double>(time.count()) / static_cast<double>(records);
  }

  std::size_t records_ = 1;
  base::Duration last_{0};
  double each_nanos_ = -1;  // of late; negative: not known yet
  bool first_window_ = true;
  std::uint64_t all_records_ = 0;
  std::size_t sum_records_ = 0;  // of the window under way
  base::Duration sum_time_{0};
};

}  // namespace flink::task
