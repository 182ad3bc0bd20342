// SPDX-License-Identifier: Apache-2.0
// What a fiber waits for besides channels: an Event that anyone sets, and a blocking function run
// by a helper thread while the slot's other tasks go on.
#pragma once

#include <atomic>
#include <exception>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include "base/executor.h"
#include "fiber/slot.h"
#include "fiber/slot_task.h"

namespace flink::fiber {

// Set once, by any thread; waited for by the task that made it. The task outlives it or drops it
// first: setters hold a shared_ptr.
class Event {
 public:
  explicit Event(SlotTask& waiting) : waker_(waiting.waker()) {}
  void set() {
    set_.store(true, std::memory_order_release);
    waker_.wake();
  }
  bool is_set() const { return set_.load(std::memory_order_acquire); }
  void wait(Wait reason = Wait::other) const {
    while (!is_set()) SlotTask::current()->suspend(reason);
  }
  void wait_uncancelled() const {
    while (!is_set()) SlotTask::current()->suspend_uncancelled();
  }

 private:
  Waker waker_;
  std::atomic<bool> set_{false};
};

// Runs f on a helper and returns its result or throws what it threw. f may use this fiber's stack:
// a cancellation takes effect only after f has returned, so f must not block without end. Outside a
// task it simply calls f.
template <class F>
auto run_blocking(base::Executor& executor, F&& f) -> std::invoke_result_t<F&> {
  using Result = std::invoke_result_t<F&>;
  SlotTask* task = SlotTask::current();
  if (!task || task->slot().ending()) return f();
  // Shared: the helper is still within set() when this fiber may already go on.
  const auto done = std::make_shared<Event>(*task);
  std::exception_ptr failure;
  if constexpr (std::is_void_v<Result>) {
    executor.run_blocking([&f, &failure, done] {
      try {
        f();
      } catch (...) {
        failure = std::current_exception();
      }
      done->set();
    });
    done->wait_uncancelled();
    if (failure) std::rethrow_exception(failure);
  } else {
    std::optional<Result> result;
    executor.run_blocking([&f, &failure, &result, done] {
      try {
        result.emplace(f());
      } catch (...) {
        failure = std::current_exception();
      }
      done->set();
    });
    done->wait_uncancelled();
    if (failure) std::rethrow_exception(failure);
    return std::move(*result);
  }
}

}  // namespace flink::fiber
