// SPDX-License-Identifier: Apache-2.0
// What a process does to the world outside it, in one. Whoever makes a process (entry, a test, a
// simulation) makes these five and hands them down: nobody below reaches for a clock, a thread, a
// file, a socket or a random number by itself.
//
// References: a copy is as good as the original, and all five outlive whoever was given one.
#pragma once

#include "base/clock.h"
#include "base/executor.h"
#include "base/file_system.h"
#include "base/network.h"
#include "base/random.h"

namespace flink::base {

struct Effects {
  const Clock& clock;
  Network& network;  // byte streams between tasks, and of connectors
  FileSystem& file_system;
  Random& random;  // the control loop's thread only
  Executor& executor;
};

}  // namespace flink::base
