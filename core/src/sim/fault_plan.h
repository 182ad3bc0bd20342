// SPDX-License-Identifier: Apache-2.0
// Which faults a run suffers, and when: drawn from the seed before the run begins, as plain data.
// Each seed has its own rates: many classes are off in a run, so that some runs suffer one class
// often rather than all runs each a little.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/random.h"

namespace flink::sim {

enum class FaultKind : std::uint8_t {
  kill,               // a TaskManager, by kill -9
  crash_at_step,      // a process, before, amid or after an effect of its own (crash_points.h)
  lose_machine,       // a TaskManager with its machine: no peer is told, unsynced files are lost
  rescale,            // stopped with a savepoint, started from it at another parallelism
  kill_jobmanager,    // by kill -9; it is started again with --recover
  second_jobmanager,  // started although the first one is alive: it takes the job over
  cut,                // a connection, in the middle of its bytes
  cut_late,           // one side is told at once, old bytes reach the other for seconds
  half_open,          // a connection loses everything from now on
  slow_link,          // long delays, little bandwidth
  stall,              // a link delivers nothing for a while
  late_answers,       // calls arrive, their answers do not for a while: calls are sent again
  partition,          // some processes and the others hear nothing of each other for a while
  half_partition,     // ... in one direction
  flapping,           // ... on and off and on
  pause,              // a TaskManager takes no steps and hears nothing for a while, as by SIGSTOP
  slow_process,       // every step of a process takes long for a while
  clock_jump,         // everyone's wall clock
  file_error,         // one of a process's next operations on files fails; a write may be short
  disk_full,          // for a process, for a while
  bit_flip,           // in what a process reads next of a file that has checksums
};
inline constexpr std::size_t fault_kinds = 21;
const char* fault_name(FaultKind kind);

struct Fault {
  FaultKind kind = FaultKind::kill;
  base::Duration after{0};     // the previous fault, or the start
  base::Duration duration{0};  // of those that pass
  std::uint64_t draw = 0;      // chooses whom it hits and how
};
using FaultPlan = std::vector<Fault>;

struct FaultRates {
  std::array<unsigned, fault_kinds> weights{};  // 0: off in this run
  base::Duration gap{0};                        // between two faults, in the mean
  base::Duration span{0};                       // then no new ones: everything heals
};
// `run`: how long the job takes when nothing disturbs it.
FaultRates draw_fault_rates(base::Random& random, base::Duration run);
FaultPlan draw_fault_plan(base::Random& random, const FaultRates& rates);
// "one every 2.500 s in the mean for 60.000 s: TaskManager killed 12 %, ..."
std::string describe(const FaultRates& rates);

using FaultCounts = std::array<std::uint64_t, fault_kinds>;
// "2 x TaskManager killed, 1 x link stalled"; "none".
std::string describe(const FaultCounts& counts);

}  // namespace flink::sim
