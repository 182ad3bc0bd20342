// SPDX-License-Identifier: Apache-2.0
// How a slot is reached from outside. A Waker makes one task ready: from any thread, at any time,
// also after the task and the slot are gone (then it does nothing). A wake is a hint to look again,
// never a message: whoever wakes first publishes the data; whoever is woken re-checks its
// condition.
//
// Why no wake is lost: a task's `signaled` flag is cleared by a read-modify-write at the start of
// its turn, before it looks at its channels; a waker publishes and then sets the flag by one.
// Either the turn sees the data or the waker finds the flag clear and queues the task. (A flag
// whose queue entry is still under way is left set: the entry brings another turn.) Parking works
// the same: the slot says "parked", then looks at its lists; a waker adds to a list, then looks for
// "parked".
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "base/executor.h"

namespace flink::fiber {

class Inbox;
class SlotTask;

// The part of a task that wakers hold.
struct WakeTarget : std::enable_shared_from_this<WakeTarget> {
  explicit WakeTarget(std::shared_ptr<Inbox> inbox_of_slot) : inbox(std::move(inbox_of_slot)) {}
  void wake();

  std::shared_ptr<Inbox> inbox;
  SlotTask* task = nullptr;  // the slot's thread only; null once the task has ended
  std::atomic<bool> signaled{false};
  WakeTarget* next = nullptr;        // in the inbox's list
  std::shared_ptr<WakeTarget> self;  // keeps it alive while it is in that list
};

class Waker {
 public:
  Waker() = default;
  explicit Waker(std::shared_ptr<WakeTarget> target) : target_(std::move(target)) {}
  void wake() const {
    if (target_) target_->wake();
  }
  explicit operator bool() const { return target_ != nullptr; }

 private:
  std::shared_ptr<WakeTarget> target_;
};

// What other threads leave for a slot: tasks to wake (lock-free) and functions to run. Shared by
// the slot and all wakers.
class Inbox {
 public:
  // The inbox of the slot that is stepping on this thread, or null.
  static Inbox* current();
  static void set_current(Inbox* inbox);

  // Once per target until the slot has taken it (see WakeTarget::wake).
  void push(std::shared_ptr<WakeTarget> target);
  void post(std::function<void()> function);

  // The slot's side.
  bool has_targets() const { return head_.load() != nullptr; }
  bool has_posts() const { return has_posts_.load(); }
  WakeTarget* take_targets() { return head_.exchange(nullptr); }
  std::vector<std::function<void()>> take_posts();
  // True: nothing has come, the slot may park.
  bool try_park();
  void unpark() { parked_.store(false, std::memory_order_relaxed); }

  // handle null: from now on nobody is woken.
  void attach(base::WorkerHandle* handle);
  // The slot ends: what comes from now on is dropped.
  void close();

 private:
  void wake_slot();
  void drop_targets();

  std::atomic<WakeTarget*> head_{nullptr};
  std::atomic<bool> parked_{false};
  std::atomic<bool> has_posts_{false};
  std::atomic<bool> closed_{false};
  std::mutex mutex_;  // posts_, handle_
  std::vector<std::function<void()>> posts_;
  base::WorkerHandle* handle_ = nullptr;
};

}  // namespace flink::fiber
