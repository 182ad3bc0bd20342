// SPDX-License-Identifier: Apache-2.0
// A function with a stack of its own that can stop in the middle and go on later: a thin wrapper
// over Boost.Context's raw fcontext. resume() runs it until it suspends or ends; suspend() goes
// back.
//
// Threads: a fiber runs on one thread all its life. Inside a fiber exceptions work as usual, also a
// suspension within a catch block (their bookkeeping is switched too). Forbidden: a suspension in a
// destructor or noexcept function, since cancelling throws there; holding a lock across a
// suspension.
#pragma once

#include <cstddef>
#include <exception>
#include <functional>

#include "fiber/stack_pool.h"

namespace flink::fiber {

// Thrown by suspend() in a cancelled fiber, again at each suspension when it was swallowed. No
// std::exception, so that `catch (const std::exception&)` lets it pass.
class FiberCancelled {};

class Fiber {
 public:
  // `name` is for the crash message and must outlive the fiber.
  Fiber(StackPool& stacks, const char* name, std::function<void()> entry);
  ~Fiber();  // not started, or finished
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;

  // From outside any fiber, until finished().
  void resume();

  // From within this fiber. suspend() throws FiberCancelled before or after the wait once cancel()
  // was called; suspend_uncancelled() does not: for waits whose end others rely on.
  void suspend();
  void suspend_uncancelled();

  // The next suspension, or the one under way when it is resumed, throws. A fiber that was never
  // started ends at its first resume() without running.
  void cancel() { cancelled_ = true; }
  bool cancelled() const { return cancelled_; }

  bool finished() const { return finished_; }
  // What ended it: null after a normal return; cancelled_end() tells a cancellation from both.
  std::exception_ptr failure() const { return failure_; }
  bool cancelled_end() const { return cancelled_end_; }

  // The fiber this thread is in, or null. Also read by the fault handler.
  static Fiber* current();
  const Stack& stack() const { return stack_; }
  const char* name() const { return name_; }

 private:
  struct ExceptionGlobals {  // the layout of __cxa_eh_globals
    void* caught = nullptr;
    unsigned int uncaught = 0;
  };
  struct Trampoline;
  void run();
  void switch_out(bool last);

  StackPool& stacks_;
  const char* name_;
  std::function<void()> entry_;
  Stack stack_;
  void* context_ = nullptr;  // where to go on: the fiber's while it is out, the resumer's while in
  ExceptionGlobals exceptions_;
  std::exception_ptr failure_;
  bool started_ = false;
  bool finished_ = false;
  bool cancelled_ = false;
  bool cancelled_end_ = false;
  // Sanitizers' view of both sides.
  void* fake_stack_ = nullptr;
  const void* resumer_bottom_ = nullptr;
  std::size_t resumer_size_ = 0;
  void* tsan_fiber_ = nullptr;
  void* tsan_resumer_ = nullptr;
};

}  // namespace flink::fiber
