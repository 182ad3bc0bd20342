// SPDX-License-Identifier: Apache-2.0
#include "sim/sim_executor.h"

#include <flink/base/check.h>

#include <algorithm>
#include <utility>

namespace flink::sim {

Duration SimExecutor::State::step_cost() {
  if (costs.hiccup > 0 && random.unit() < costs.hiccup) {
    return between(costs.step_max, costs.hiccup_max);
  }
  return between(costs.step_min, costs.step_max);
}

void SimExecutor::State::finish_blocking() {
  while (!blocking.empty()) {
    auto first = blocking.extract(blocking.begin());
    first.mapped()();
  }
}

// A worker between its steps. The queue holds the core weakly: a dropped handle steps no more.
class SimExecutor::Handle final : public base::WorkerHandle {
 public:
  Handle(std::shared_ptr<State> state, std::string name, base::Worker& worker)
      : core_(std::make_shared<Core>(Core{std::move(state), std::move(name), worker})) {
    schedule(core_, core_->state->queue.now() + core_->state->step_cost());
  }
  ~Handle() override {
    FLINK_CHECK(!core_->stepping, core_->name);  // real threads would wait for themselves here
    core_->state->finish_blocking();
  }
  void wake() override {
    if (core_->state->queue.called_from_outside()) return;
    if (core_->stepping) {
      core_->woken = true;
    } else {
      schedule(core_, core_->state->queue.now() + core_->state->step_cost());
    }
  }
  bool finished() const override { return core_->finished; }

 private:
  struct Core {
    std::shared_ptr<State> state;
    std::string name;
    base::Worker& worker;
    TimePoint due = TimePoint::never();  // the step that counts; earlier ones scheduled are void
    std::uint64_t turn = 0;
    bool stepping = false, woken = false, finished = false;
  };

  // The next step is at that time, or sooner if it already was.
  static void schedule(const std::shared_ptr<Core>& core, TimePoint time) {
    if (core->finished || time >= core->due) return;
    core->due = time;
    core->state->queue.at(time, core->state->life,
                          [weak = std::weak_ptr{core}, turn = ++core->turn] {
                            if (auto core = weak.lock(); core && core->turn == turn) run(core);
                          });
  }
  static void run(const std::shared_ptr<Core>& core) {
    State& state = *core->state;
    core->due = TimePoint::never();
    if (state.paused_until > state.queue.now()) return schedule(core, state.paused_until);
    core->stepping = true;
    const base::Step step = core->worker.step();
    core->stepping = false;
    state.trace.add((static_cast<std::uint64_t>(state.life->id) << 8) |
                    static_cast<std::uint64_t>(step.kind));
    state.trace.add(static_cast<std::uint64_t>(state.queue.now().since_origin.count()));
    const bool woken = std::exchange(core->woken, false);
    if (step.kind == base::Step::Kind::done) {
      core->finished = true;
    } else if (step.kind == base::Step::Kind::again || woken) {
      schedule(core, state.queue.now() + state.step_cost());
    } else if (step.wake_at != TimePoint::never()) {
      schedule(core, std::max(step.wake_at, state.queue.now()) + state.step_cost());
    }
  }

  std::shared_ptr<Core> core_;
};

std::unique_ptr<base::WorkerHandle> SimExecutor::start(std::string name, base::Worker& worker) {
  return std::make_unique<Handle>(state_, std::move(name), worker);
}

void SimExecutor::run_blocking(std::function<void()> function) {
  State& state = *state_;
  if (state.ended) return function();
  const std::uint64_t id = state.next_blocking++;
  state.blocking.emplace(id, std::move(function));
  const Duration delay = state.between(state.costs.blocking_min, state.costs.blocking_max);
  state.queue.at(std::max(state.queue.now() + delay, state.paused_until), state.life,
                 [weak = std::weak_ptr{state_}, id] {
                   const auto state = weak.lock();
                   if (!state) return;
                   auto entry = state->blocking.extract(id);
                   if (entry) entry.mapped()();
                 });
}

}  // namespace flink::sim
