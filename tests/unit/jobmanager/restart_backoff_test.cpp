// SPDX-License-Identifier: Apache-2.0
#include "jobmanager/restart_backoff.h"

#include <doctest/doctest.h>

using namespace std::chrono_literals;
using flink::base::Duration;
using flink::base::SeededRandom;
using flink::base::TimePoint;
using flink::config::RestartStrategy;
using flink::jobmanager::RestartBackoff;

namespace {
RestartStrategy strategy_of(std::initializer_list<std::pair<const char*, const char*>> settings) {
  flink::config::Configuration configuration;
  for (const auto& [key, value] : settings) {
    configuration.set_text(key, value, {flink::config::Source::property, "test"});
  }
  return flink::config::restart_strategy(configuration);
}
}  // namespace

TEST_CASE("restart: none never restarts, and is the default") {
  SeededRandom random{1};
  RestartBackoff backoff{strategy_of({}), random};
  CHECK_FALSE(backoff.on_failure({1s}).has_value());
  CHECK(backoff.exhausted_reason().find("restart-strategy.type") != std::string::npos);
}

TEST_CASE("restart: fixed-delay counts attempts, with Flink's defaults") {
  SeededRandom random{1};
  RestartBackoff once{strategy_of({{"restart-strategy.type", "fixed-delay"}}), random};
  CHECK(once.on_failure({1s}) == Duration{1s});
  CHECK_FALSE(once.on_failure({2s}).has_value());

  RestartBackoff thrice{strategy_of({{"restart-strategy.type", "fixed-delay"},
                                     {"restart-strategy.fixed-delay.attempts", "3"},
                                     {"restart-strategy.fixed-delay.delay", "100ms"}}),
                        random};
  for (int i = 0; i < 3; ++i) CHECK(thrice.on_failure({1h * i}) == Duration{100ms});
  CHECK_FALSE(thrice.on_failure({9h}).has_value());
}

TEST_CASE("restart: exponential-delay grows, is bounded, and starts anew after quiet time") {
  SeededRandom random{1};
  RestartBackoff backoff{strategy_of({{"restart-strategy.type", "exponential-delay"},
                                      {"restart-strategy.exponential-delay.jitter-factor", "0"}}),
                         random};
  TimePoint now{0s};
  const std::vector<Duration> expected{1s, 1500ms, 2250ms, 3375ms};
  for (const auto& pause : expected) {
    CHECK(backoff.on_failure(now) == pause);
    now = now + pause + 1s;
  }
  for (int i = 0; i < 20; ++i) {
    const auto pause = backoff.on_failure(now);
    REQUIRE(pause.has_value());
    CHECK(*pause <= Duration{1min});
    now = now + *pause + 1s;
  }
  CHECK(backoff.on_failure(now) == Duration{1min});
  now = now + 1min + 1h;  // healthy for the threshold since the restart
  CHECK(backoff.on_failure(now) == Duration{1s});
}

TEST_CASE("restart: the jitter stays within its share") {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    CAPTURE(seed);
    SeededRandom random{seed};
    RestartBackoff backoff{strategy_of({{"restart-strategy.type", "exponential-delay"}}), random};
    const auto pause = backoff.on_failure({0s});
    REQUIRE(pause.has_value());
    CHECK(*pause >= Duration{900ms});
    CHECK(*pause <= Duration{1100ms});
  }
}

TEST_CASE("restart: failure-rate answers so many failures in the interval, no more") {
  SeededRandom random{1};
  RestartBackoff backoff{
      strategy_of({{"restart-strategy.type", "failure-rate"},
                   {"restart-strategy.failure-rate.max-failures-per-interval", "2"},
                   {"restart-strategy.failure-rate.failure-rate-interval", "1min"},
                   {"restart-strategy.failure-rate.delay", "5s"}}),
      random};
  CHECK(backoff.on_failure({0s}) == Duration{5s});
  CHECK(backoff.on_failure({30s}) == Duration{5s});
  CHECK(backoff.on_failure({61s}) == Duration{5s});  // the first is out of the interval
  CHECK_FALSE(backoff.on_failure({62s}).has_value());
}
