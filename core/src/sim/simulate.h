// SPDX-License-Identifier: Apache-2.0
// `./job simulate`: the whole cluster of a job (JobManager, TaskManagers, RPC, data plane, disk) in
// one thread under virtual time, disturbed by faults that the seed chooses. The real input files
// are read, nothing outside memory is written. What a run shows repeats byte for byte with the same
// seed.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/job_definition.h"
#include "base/clock.h"
#include "base/file_system.h"
#include "base/log.h"

namespace flink::sim {

struct SimulateOptions {
  api::DefineJob define_job = nullptr;
  std::vector<std::string> arguments;                              // of define_job
  std::vector<std::pair<std::string, std::string>> configuration;  // of -D, in order
  std::uint64_t seed = 1;
  int seeds = 1;     // runs seed, seed + 1, ...
  double hours = 0;  // and goes on until that much virtual time has been simulated
  int taskmanagers = 2;
  int slots = 2;
  std::optional<int> parallelism;
  bool faults = true;
  bool list_steps = false;  // at the end, those at which a process may crash

  // How the job was called, for the command that replays a failing seed: "./wc".
  std::string program = "./job";
  base::FileSystem* real_files = nullptr;   // read only; required
  const base::Clock* real_clock = nullptr;  // for figures about the simulation itself; may be null
  base::Log* transcript = nullptr;          // every message of every simulated process; may be null
  // Lines of the report, without their ends: to stdout; and figures that differ from run to run: to
  // stderr. Required.
  std::function<void(std::string_view line)> report;
  std::function<void(std::string_view line)> note;
};

// 0: every seed's run ended as it must. 1: some did not. Throws Error when the job cannot be run at
// all.
int simulate(const SimulateOptions& options);

}  // namespace flink::sim
