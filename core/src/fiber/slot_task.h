// SPDX-License-Identifier: Apache-2.0
// One task of a slot: a fiber with a name and a priority. The calls that suspend are made from
// within it, on the slot's thread; waker(), cancel(), times() and the accessors from any thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <string>

#include "base/clock.h"
#include "fiber/fiber.h"
#include "fiber/waker.h"

namespace flink::fiber {

class Slot;

// What a task waits for: where its time goes (Flink's idle and back-pressured time).
enum class Wait : unsigned char { input, output, other };

// Times of all finished turns and waits, and of the wait under way.
struct TaskTimes {
  base::Duration running{0};
  base::Duration waiting_input{0};
  base::Duration waiting_output{0};
};

struct SlotTaskOptions {
  std::string name;
  int depth = 0;  // steps from the sources: the deepest ready task runs first
  std::function<void()> entry;
  // On the slot's thread, outside the fiber, after its stack has unwound. The failure is null after
  // a normal end and after a cancellation (`cancelled`).
  std::function<void(std::exception_ptr failure, bool cancelled)> ended;
};

class SlotTask : public std::enable_shared_from_this<SlotTask> {
 public:
  SlotTask(Slot& slot, SlotTaskOptions options, std::shared_ptr<Inbox> inbox, std::uint64_t id);
  ~SlotTask();
  SlotTask(const SlotTask&) = delete;
  SlotTask& operator=(const SlotTask&) = delete;

  // The task this code runs in, or null.
  static SlotTask* current();

  // Until wake() (also one since this turn began, so it may return at once: re-check the
  // condition).
  void suspend(Wait reason = Wait::other);
  // Until wake() or that time. False: the time came first.
  bool suspend_until(base::TimePoint deadline, Wait reason = Wait::other);
  void sleep_until(base::TimePoint deadline);
  // For waits that must end even when cancelled: someone else uses this stack. Wakes may be
  // spurious.
  void suspend_uncancelled();
  // The end of a batch: lets every other ready task run first.
  void yield();
  // Within a batch: yields when the turn has lasted its 100 µs. Cheap; meant for once in many
  // records.
  void yield_if_due();

  Waker waker() const { return Waker{target_}; }
  // The task throws FiberCancelled at its next or present suspension.
  void cancel();
  bool finished() const { return finished_.load(std::memory_order_acquire); }
  TaskTimes times() const;
  // Of all finished turns and of all waits but those for input: what its work has taken.
  base::Duration worked() const;

  const std::string& name() const { return options_.name; }
  std::uint64_t id() const { return id_; }
  int depth() const { return options_.depth; }
  Slot& slot() { return slot_; }

 private:
  friend class Slot;
  friend struct WakeTarget;
  static void set_current(SlotTask* task);
  void woken();  // on the slot's thread
  void begin_wait(base::TimePoint now);
  void end_wait(base::TimePoint now);

  Slot& slot_;
  SlotTaskOptions options_;
  std::uint64_t id_;
  std::shared_ptr<WakeTarget> target_;
  std::unique_ptr<Fiber> fiber_;  // from the first turn to the end
  std::atomic<bool> finished_{false};

  // The slot's thread only.
  std::size_t position_ = 0;  // among the slot's tasks
  bool added_ = false;        // to the slot's tasks: ready from then on
  bool cancelled_ = false;
  bool signal_taken_ = false;  // the wake flag may be cleared: its queue entry has arrived
  bool yielding_ = false;      // this turn ended by yield(): ready, not waiting
  bool ready_ = false;         // in this round or the next
  std::uint64_t round_ = 0;    // in which it ran last
  base::TimePoint deadline_ = base::TimePoint::never();
  bool timed_out_ = false;
  unsigned due_calls_ = 0;

  std::atomic<std::int64_t> running_nanos_{0}, input_nanos_{0}, output_nanos_{0};
  std::int64_t other_nanos_ = 0;
  std::atomic<std::int64_t> wait_since_nanos_{0};  // 0: not waiting
  std::atomic<Wait> wait_reason_{Wait::other};
};

}  // namespace flink::fiber
