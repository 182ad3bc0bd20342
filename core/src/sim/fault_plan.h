// SPDX-License-Identifier: Apache-2.0
// Which faults a run suffers, and when: drawn from the seed before the run begins, as plain data.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/random.h"

namespace flink::sim {

enum class FaultKind : std::uint8_t {
  kill,          // a TaskManager, by kill -9
  lose_machine,  // a TaskManager with its machine: no peer is told, unsynced files are lost
  cut,           // a connection, in the middle of its bytes
  cut_late,      // one side is told at once, old bytes reach the other for seconds
  half_open,     // a connection loses everything from now on
  slow_link,     // long delays, little bandwidth
  stall,         // a link delivers nothing for a while
  pause,         // a TaskManager takes no steps and hears nothing for a while, as by SIGSTOP
  file_error,    // one of a TaskManager's next operations on files fails
  disk_full,     // for a TaskManager, for a while
};
inline constexpr std::size_t fault_kinds = 10;
const char* fault_name(FaultKind kind);

struct Fault {
  FaultKind kind = FaultKind::kill;
  base::Duration after{0};     // the previous fault, or the start
  base::Duration duration{0};  // of those that pass
  std::uint64_t draw = 0;      // chooses whom it hits and how
};
using FaultPlan = std::vector<Fault>;

// `run`: how long the job takes when nothing disturbs it.
FaultPlan draw_fault_plan(base::Random& random, base::Duration run);

using FaultCounts = std::array<std::uint64_t, fault_kinds>;
// "2 TaskManagers killed, 1 link stalled"; "none".
std::string describe(const FaultCounts& counts);

}  // namespace flink::sim
