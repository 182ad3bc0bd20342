// SPDX-License-Identifier: Apache-2.0
// The Executor of a simulated process: no threads. Each step of a worker is a queued action; it
// costs virtual time, and the seed decides how much, so that steps of different workers interleave
// differently for every seed. A paused process (as by SIGSTOP) takes no steps until its time.
//
// Nothing may wait for a helper in vain: when a worker is stopped, and when the process is dead,
// the blocking functions still pending run at once, as joined threads would have run them.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "base/executor.h"
#include "base/random.h"
#include "sim/sim_queue.h"
#include "sim/trace.h"

namespace flink::sim {

class SimExecutor final : public base::Executor {
 public:
  struct Costs {
    Duration step_min{2'000}, step_max{20'000};            // of one step of a worker
    Duration blocking_min{20'000}, blocking_max{500'000};  // until a blocking function runs
    double hiccup = 0;  // how often a step takes hiccup_max at most
    Duration hiccup_max{20'000'000};
  };
  SimExecutor(SimQueue& queue, Trace& trace, LifeRef life, std::uint64_t seed, const Costs& costs)
      : state_(std::make_shared<State>(
            State{queue, trace, std::move(life), base::SeededRandom{seed}, costs})) {}

  std::unique_ptr<base::WorkerHandle> start(std::string name, base::Worker& worker) override;
  void run_blocking(std::function<void()> function) override;
  bool in_real_time() const override { return false; }
  void pause_until(TimePoint time) { state_->paused_until = time; }
  // Everything takes that many times as long until then.
  void slow_until(TimePoint time, int factor) {
    state_->slow_until = time;
    state_->slow_factor = factor;
  }
  // The process is dead: the pending blocking functions run now, later ones at once.
  void end() {
    state_->ended = true;
    state_->finish_blocking();
  }

 private:
  class Handle;
  struct State {
    SimQueue& queue;
    Trace& trace;
    LifeRef life;
    base::SeededRandom random;
    Costs costs;
    TimePoint paused_until{}, slow_until{};
    int slow_factor = 1;
    bool ended = false;
    std::map<std::uint64_t, std::function<void()>> blocking{};  // pending, in order
    std::uint64_t next_blocking = 0;

    void finish_blocking();
    Duration between(Duration low, Duration high) {
      const auto width = static_cast<std::uint64_t>((high - low).count());
      const Duration drawn = low + Duration{static_cast<std::int64_t>(random.below(width + 1))};
      return queue.now() < slow_until ? drawn * slow_factor : drawn;
    }
    Duration step_cost();
  };
  // Shared with the handles, which may outlive the executor.
  std::shared_ptr<State> state_;
};

}  // namespace flink::sim
