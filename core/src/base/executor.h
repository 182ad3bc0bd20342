// SPDX-License-Identifier: Apache-2.0
// The only maker of threads. Slots, I/O and helpers are Workers: step functions that an Executor
// drives, each on a thread of its own (ThreadExecutor) or all on one under virtual time
// (simulation).
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/clock.h"

namespace flink::base {

// What a step wants next.
struct Step {
  enum class Kind { again, park, done };
  Kind kind = Kind::park;
  TimePoint wake_at = TimePoint::never();  // park: run again then, or earlier when woken

  static Step again() { return {Kind::again, {}}; }
  static Step park(TimePoint until = TimePoint::never()) { return {Kind::park, until}; }
  static Step done() { return {Kind::done, {}}; }
};

// step() runs a bounded amount of work and returns; never called by two threads at once.
class Worker {
 public:
  virtual ~Worker() = default;
  virtual Step step() = 0;
};

class WorkerHandle {
 public:
  // Stops after the step under way and waits for it; the Worker must outlive the handle.
  virtual ~WorkerHandle() = default;
  // Any thread: a parked worker steps again; a wake during a step is not lost.
  virtual void wake() = 0;
  // True once step() returned done.
  virtual bool finished() const = 0;
};

class Executor {
 public:
  virtual ~Executor() = default;
  virtual std::unique_ptr<WorkerHandle> start(std::string name, Worker& worker) = 0;
  // Runs a blocking function (file I/O, a user's reader) on a small pool of helpers. Under
  // simulation it runs at a later virtual instant, on the one thread.
  virtual void run_blocking(std::function<void()> function) = 0;
  // Workers run beside each other, and their steps take time.
  virtual bool in_real_time() const { return true; }
};

}  // namespace flink::base
