// SPDX-License-Identifier: Apache-2.0
// The restart-strategy.* options as one value, for the state machine that applies them.
#pragma once

#include <cstdint>
#include <string>

#include "config/configuration.h"

namespace flink::config {

struct RestartStrategy {
  enum class Type : unsigned char { none, fixed_delay, exponential_delay, failure_rate };
  Type type = Type::none;

  // fixed-delay and failure-rate
  Duration delay{};
  std::int32_t attempts = 0;               // fixed-delay: restarts before the job fails
  std::int32_t failures_per_interval = 0;  // failure-rate
  Duration interval{};                     // failure-rate

  // exponential-delay
  Duration initial_backoff{};
  Duration backoff_max{};
  Duration reset_threshold{};
  double multiplier = 1;
  double jitter_factor = 0;
  std::int32_t attempts_before_reset = 0;

  // As Flink's page of a job words it: "Restart with fixed delay (1000 ms). #3 restart attempts."
  std::string describe() const;
};

RestartStrategy restart_strategy(const Configuration& configuration);

}  // namespace flink::config
