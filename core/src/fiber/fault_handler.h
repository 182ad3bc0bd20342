// SPDX-License-Identifier: Apache-2.0
// Names the task in which the process died by a signal: a stack overflow into the guard (and what
// to do about it), a bad access, a division by zero, an abort. Installed once by the process's
// entry; then the default action follows, so a core is written as usual.
#pragma once

namespace flink::fiber {

struct FaultReport {
  const char* advice = "";  // a string literal: how a user gets larger stacks
  int copy_to = -1;         // a descriptor for the line besides stderr; -1: none
};

// Does nothing under asan or tsan, which report by themselves.
void install_fault_handler(const FaultReport& report);

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
