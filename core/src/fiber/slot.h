// SPDX-License-Identifier: Apache-2.0
// A slot: one thread that runs its tasks, each a fiber, in turns. Order: rounds; in a round each
// ready task has one turn, the deepest (most downstream) first; a task woken in a round in which it
// has not run joins it. So results leave before more input comes in, and nobody starves. A slot
// with nothing ready parks. Under simulation step() is driven like any Worker and everything is
// deterministic.
//
// Threads: spawn, post, cancel_all, running: any. step: the slot's thread. Tasks and what they use
// belong to the slot's thread. The destructor stops the thread; tasks that are left are cancelled
// and must unwind without waiting for anybody.
#pragma once

#include <flink/base/atomic.h>

#include <atomic>
#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/executor.h"
#include "fiber/slot_task.h"
#include "fiber/stack_pool.h"

namespace flink::fiber {

struct SlotOptions {
  std::string name = "slot";
  std::size_t stack_bytes = StackPool::default_stack_bytes;
  base::Duration turn_budget = std::chrono::microseconds{100};
};

struct RunningTask {
  std::string name;
  base::TimePoint since;  // its turn began
};

class Slot final : public base::Worker {
 public:
  explicit Slot(const base::Clock& clock, SlotOptions options = {});
  ~Slot() override;

  // Begins to run on `executor`.
  void start(base::Executor& executor);
  // Waits for the step under way; then nothing runs any more. Not from a task of this slot.
  void stop();

  std::shared_ptr<SlotTask> spawn(SlotTaskOptions options);
  // Runs on the slot's thread between two turns. It must not suspend.
  void post(std::function<void()> function) { inbox_->post(std::move(function)); }
  void cancel_all();

  // The task whose turn it is: a watchdog asks from another thread.
  std::optional<RunningTask> running() const;

  // When the turn under way began; nothing: none is. Any thread.
  std::optional<base::TimePoint> turn_since() const;
  // Raised by another thread when a turn lasts long (see turn_clock.h), lowered when the next one
  // begins.
  const flink::detail::Atomic<bool>& overdue() const { return overdue_; }
  void raise_overdue() { overdue_.store(true); }

  base::Step step() override;

  // Only unwinding is left: what would wait for a helper is done by the slot's thread itself.
  bool ending() const { return ending_; }

  const std::string& name() const { return options_.name; }
  const base::Clock& clock() const { return clock_; }
  std::size_t task_count() const { return task_count_.load(std::memory_order_acquire); }

 private:
  friend class SlotTask;
  static constexpr int turns_per_step = 64;  // then the executor sees whether to stop

  void run_posts();
  void wake_targets();
  void fire_timers();
  void make_ready(SlotTask& task);
  SlotTask* next_ready();
  void run_turn(SlotTask& task);
  void end_task(SlotTask& task, std::exception_ptr failure, bool cancelled);
  void add_task(std::shared_ptr<SlotTask> task);
  void number_tasks();
  void cancel_task(SlotTask& task);
  void set_deadline(SlotTask& task, base::TimePoint at);

  const base::Clock& clock_;
  SlotOptions options_;
  StackPool stacks_;
  std::shared_ptr<Inbox> inbox_;
  std::unique_ptr<base::WorkerHandle> handle_;
  bool ending_ = false;

  // Sorted by depth, deepest first, then by id. Few: gone through only when the set changes or a
  // timer fires.
  std::vector<std::shared_ptr<SlotTask>> tasks_;
  std::vector<std::uint64_t> ready_now_, ready_next_;  // this round and the next: a bit a task
  std::uint64_t round_ = 1;
  base::TimePoint earliest_ = base::TimePoint::never();  // no live deadline is earlier
  base::TimePoint now_;                                  // read once a turn
  base::TimePoint turn_began_;

  std::atomic<std::uint64_t> task_ids_{0};
  std::atomic<std::size_t> task_count_{0};
  std::atomic<std::uint64_t> running_id_{0};  // 0: none
  std::atomic<std::int64_t> running_since_{0};
  flink::detail::Atomic<bool> overdue_{false};
  mutable std::mutex names_mutex_;
  std::map<std::uint64_t, std::string> names_;  // of the live tasks, for running()
};

}  // namespace flink::fiber
