// SPDX-License-Identifier: Apache-2.0
// The one memory budget of a TaskManager, taskmanager.memory.process.size, and its visible split. A
// plain value.
#pragma once

#include <cstdint>
#include <string>

#include "config/configuration.h"

namespace flink::config {

struct MemoryBudget {
  std::uint64_t process = 0;    // the sum of the parts below
  std::uint64_t framework = 0;  // the TaskManager itself
  std::uint64_t network = 0;    // batches on their way between tasks
  std::uint64_t managed = 0;    // state and sorting
  std::uint64_t user = 0;       // what user functions may take: the rest
  std::uint64_t segment = 0;    // size of a frame

  std::uint64_t network_segments() const { return segment == 0 ? 0 : network / segment; }
  // Each slot has an equal share of managed and network memory.
  MemoryBudget per_slot(std::int32_t slots) const;
  // What each of so many keyed operators may hold in memory. Never 0, however little is managed: an
  // operator works with a batch's rows at least.
  static constexpr std::uint64_t state_share_min = 1 << 20;
  std::uint64_t state_share(std::uint64_t sharers) const;
  // "1.69 GiB: framework 32 MiB, network ..., one line.
  std::string describe() const;
};

// Throws Error naming the options when the parts do not fit.
MemoryBudget memory_budget(const Configuration& configuration);

}  // namespace flink::config
