// SPDX-License-Identifier: Apache-2.0
// The control-plane thread of a process: one KJ event loop, seen through the two things that the
// JobManager and the TaskManager ask of it. The real one is rpc/real_control_loop.h; a simulation
// has one for all its processes, under virtual time.
//
// Threads: timer() on the loop's own thread only; post() from any. Posted functions run one at a
// time on the loop, in the order of post(), never within post() itself, and must not throw. What
// was posted and not run when the loop is destroyed is dropped. A posted function may outlive the
// object that posted it: guard it (rpc/guard.h).
#pragma once

#include <kj/timer.h>

#include <functional>

namespace flink::rpc {

class ControlLoop {
 public:
  virtual ~ControlLoop() = default;
  // Monotonic. base::Clock of the same process must advance in step with it (origins may differ).
  virtual kj::Timer& timer() = 0;
  virtual void post(std::function<void()> function) = 0;
};

}  // namespace flink::rpc
