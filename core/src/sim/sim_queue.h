// SPDX-License-Identifier: Apache-2.0
// The heart of a simulation: one queue of actions ordered by (virtual time, order of scheduling),
// and the virtual clock, which jumps from action to action. One thread. An action belongs to a
// process (its Life) or to the simulation itself (null); a dead process's actions never run.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <thread>
#include <utility>

#include "base/clock.h"
#include "sim/life.h"

namespace flink::sim {

using base::Duration;
using base::TimePoint;

class SimQueue {
 public:
  using Action = std::function<void()>;

  TimePoint now() const { return now_; }
  // A time that has passed means now, after what is already queued for now.
  void at(TimePoint time, const LifeRef& owner, Action action);
  void after(Duration delay, const LifeRef& owner, Action action) {
    at(now_ + delay, owner, std::move(action));
  }

  bool empty() const { return entries_.empty(); }
  // When the next action is due; never() when there is none.
  TimePoint next_time() const {
    return entries_.empty() ? TimePoint::never() : entries_.begin()->first.first;
  }
  // Moves the clock, never backwards.
  void advance_to(TimePoint time);
  // Runs the next action, with the clock at its time. Must not be called by an action.
  void run_one();
  // Destroys the actions of a dead process.
  void forget(const Life& owner);
  // Destroys all of them, and what their destruction schedules.
  void clear();
  std::uint64_t actions_run() const { return actions_run_; }

  // True, and remembered, for another thread than the simulation's: the job has some of its own,
  // which cannot be obeyed. Any thread.
  bool called_from_outside() {
    if (std::this_thread::get_id() == thread_) return false;
    called_from_outside_ = true;
    return true;
  }
  bool was_called_from_outside() const { return called_from_outside_; }

  std::int64_t wall_jumped_millis = 0;  // everyone's wall clock, by faults

 private:
  struct Entry {
    LifeRef owner;
    Action action;
  };
  std::map<std::pair<TimePoint, std::uint64_t>, Entry> entries_;
  TimePoint now_;
  std::uint64_t sequence_ = 0;
  std::uint64_t actions_run_ = 0;
  const std::thread::id thread_ = std::this_thread::get_id();
  std::atomic<bool> called_from_outside_ = false;
};

// The clocks of a simulated process. The wall clock starts at the same instant in every simulation.
class SimClock final : public base::Clock {
 public:
  static constexpr std::int64_t wall_start_millis = 1'735'689'600'000;  // 2025-01-01T00:00:00Z

  explicit SimClock(const SimQueue& queue) : queue_(queue) {}
  TimePoint now() const override { return queue_.now(); }
  std::int64_t wall_millis() const override {
    return wall_start_millis + queue_.wall_jumped_millis +
           queue_.now().since_origin.count() / 1'000'000;
  }

 private:
  const SimQueue& queue_;
};

}  // namespace flink::sim
