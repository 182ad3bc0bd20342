// SPDX-License-Identifier: Apache-2.0
// Names the task in which the process died of SIGSEGV or SIGBUS: a stack overflow into the guard
// page (and what to do about it), or a bad access. Installed once by the process's entry; then the
// default action follows, so a core is written as usual.
#pragma once

namespace flink::fiber {

// `advice` is a string literal: how a user gets larger stacks. Does nothing under asan or tsan.
void install_fault_handler(const char* advice);

// A stack for the handler of the calling thread: a fiber's own may be the one that is full. Each
// thread that runs fibers keeps one; ThreadExecutor does so for its threads.
class AlternateStack {
 public:
  AlternateStack();
  ~AlternateStack();
  AlternateStack(const AlternateStack&) = delete;
  AlternateStack& operator=(const AlternateStack&) = delete;

 private:
  void* memory_ = nullptr;
};

}  // namespace flink::fiber
