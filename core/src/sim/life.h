// SPDX-License-Identifier: Apache-2.0
// The identity of one incarnation of a simulated process. Everything that acts for it (queued
// actions, connections, open files, workers) holds its Life and falls silent once it is dead, so a
// crash is one assignment: no destructor that runs afterwards can send a byte or write to a disk.
#pragma once

#include <memory>
#include <string>

namespace flink::sim {

using ProcessId = int;

struct Life {
  ProcessId id = 0;  // never used twice: a restarted process is another one
  std::string name;
  bool alive = true;
};
using LifeRef = std::shared_ptr<Life>;

}  // namespace flink::sim
