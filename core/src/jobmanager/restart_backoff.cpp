// SPDX-License-Identifier: Apache-2.0
#include "jobmanager/restart_backoff.h"

#include <flink/base/check.h>

#include <algorithm>

namespace flink::jobmanager {

using Type = config::RestartStrategy::Type;

std::optional<base::Duration> RestartBackoff::on_failure(base::TimePoint now) {
  switch (strategy_.type) {
    case Type::none:
      return std::nullopt;
    case Type::fixed_delay:
      if (failures_ >= strategy_.attempts) return std::nullopt;
      ++failures_;
      return strategy_.delay;
    case Type::exponential_delay:
      return exponential(now);
    case Type::failure_rate:
      return failure_rate(now);
  }
  return std::nullopt;
}

std::optional<base::Duration> RestartBackoff::exponential(base::TimePoint now) {
  // Healthy for the threshold since the restart (not since the failure) begins anew.
  const bool reset = last_failure_ && now - *last_failure_ >= strategy_.reset_threshold + backoff_;
  if (!last_failure_ || reset) {
    failures_ = 0;
    backoff_ = strategy_.initial_backoff;
  } else {
    const double grown = static_cast<double>(backoff_.count()) * strategy_.multiplier;
    const double most = static_cast<double>(strategy_.backoff_max.count());
    backoff_ =
        grown >= most ? strategy_.backoff_max : base::Duration{static_cast<std::int64_t>(grown)};
  }
  last_failure_ = now;
  if (failures_ >= strategy_.attempts_before_reset) return std::nullopt;
  ++failures_;
  const double share = strategy_.jitter_factor * (2 * random_.unit() - 1);
  const auto jitter = static_cast<std::int64_t>(static_cast<double>(backoff_.count()) * share);
  return std::clamp(backoff_ + base::Duration{jitter}, base::Duration{0}, strategy_.backoff_max);
}

std::optional<base::Duration> RestartBackoff::failure_rate(base::TimePoint now) {
  while (!recent_.empty() && now - recent_.front() > strategy_.interval) recent_.pop_front();
  recent_.push_back(now);
  if (static_cast<int>(recent_.size()) > strategy_.failures_per_interval) return std::nullopt;
  return strategy_.delay;
}

std::string RestartBackoff::exhausted_reason() const {
  switch (strategy_.type) {
    case Type::none:
      return "no restart strategy is configured (restart-strategy.type)";
    case Type::fixed_delay:
      return detail::concat("fixed-delay: all ", strategy_.attempts, " restarts are used up");
    case Type::exponential_delay:
      return detail::concat("exponential-delay: all ", strategy_.attempts_before_reset,
                            " restarts are used up");
    case Type::failure_rate:
      return detail::concat("failure-rate: more than ", strategy_.failures_per_interval,
                            " failures within ", config::format_duration(strategy_.interval));
  }
  return {};
}

}  // namespace flink::jobmanager
