// SPDX-License-Identifier: Apache-2.0
#include "config/restart_strategy.h"

#include "config/options.h"
#include "flink/base/check.h"

namespace flink::config {

RestartStrategy restart_strategy(const Configuration& configuration) {
  using Type = RestartStrategy::Type;
  RestartStrategy strategy;
  // As in Flink: a job that can go on from a checkpoint does so for ever.
  const bool checkpoints = configuration.is_set(options::checkpointing_interval);
  const std::string type = configuration.find(options::restart_strategy_type)
                               .value_or(checkpoints ? "exponential-delay" : "none");
  if (type == "fixed-delay") {
    strategy.type = Type::fixed_delay;
    strategy.delay = configuration.get(options::fixed_delay_delay);
    strategy.attempts = configuration.get(options::fixed_delay_attempts);
  } else if (type == "failure-rate") {
    strategy.type = Type::failure_rate;
    strategy.delay = configuration.get(options::failure_rate_delay);
    strategy.failures_per_interval = configuration.get(options::failure_rate_max);
    strategy.interval = configuration.get(options::failure_rate_interval);
  } else if (type == "exponential-delay") {
    strategy.type = Type::exponential_delay;
    strategy.initial_backoff = configuration.get(options::exponential_initial_backoff);
    strategy.backoff_max = configuration.get(options::exponential_max_backoff);
    strategy.reset_threshold = configuration.get(options::exponential_reset_threshold);
    strategy.multiplier = configuration.get(options::exponential_multiplier);
    strategy.jitter_factor = configuration.get(options::exponential_jitter);
    strategy.attempts_before_reset = configuration.get(options::exponential_attempts);
  }
  return strategy;
}

std::string RestartStrategy::describe() const {
  using flink::detail::concat;
  switch (type) {
    case Type::none:
      return "Restart deactivated.";
    case Type::fixed_delay:
      return concat("Restart with fixed delay (", format_duration(delay), "). #", attempts,
                    " restart attempts.");
    case Type::failure_rate:
      return concat("Failure rate restart with maximum of ", failures_per_interval,
                    " failures within interval ", format_duration(interval), " and fixed delay ",
                    format_duration(delay), ".");
    case Type::exponential_delay:
      return concat("Restart with exponential delay: starting at ",
                    format_duration(initial_backoff), ", increasing by ", multiplier,
                    ", with maximum ", format_duration(backoff_max), ".");
  }
  return {};
}

}  // namespace flink::config
