// SPDX-License-Identifier: Apache-2.0
// Whether and when a failed region starts again: Flink's RestartBackoffTimeStrategy. Sans-io.
#pragma once

#include <deque>
#include <optional>

#include "base/clock.h"
#include "base/random.h"
#include "config/restart_strategy.h"

namespace flink::jobmanager {

class RestartBackoff {
 public:
  RestartBackoff(const config::RestartStrategy& strategy, base::Random& random)
      : strategy_(strategy), random_(random) {}

  // A failure at that time: the pause before the restart, or nothing when the job fails for good.
  std::optional<base::Duration> on_failure(base::TimePoint now);
  // Why nothing came: "fixed-delay: 3 of 3 restarts used up".
  std::string exhausted_reason() const;

 private:
  std::optional<base::Duration> exponential(base::TimePoint now);
  std::optional<base::Duration> failure_rate(base::TimePoint now);

  config::RestartStrategy strategy_;
  base::Random& random_;
  int failures_ = 0;          // since the last reset
  base::Duration backoff_{};  // exponential: the last pause without jitter
  std::optional<base::TimePoint> last_failure_;
  std::deque<base::TimePoint> recent_;  // failure-rate: within the interval
};

}  // namespace flink::jobmanager
