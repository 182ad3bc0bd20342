// SPDX-License-Identifier: Apache-2.0
// One run of a job on a simulated cluster, from its submission to its end: a JobManager,
// TaskManagers, the faults of a plan. A run is a function of its seed and options.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/file_system.h"
#include "base/log.h"
#include "jobmanager/job_manager.h"
#include "sim/fault_plan.h"
#include "sim/sim_driver.h"

namespace flink::sim {

struct ClusterOptions {
  std::uint64_t seed = 1;
  jobmanager::JobSubmission submission;
  // The same job at another parallelism, from a savepoint; empty: never.
  std::function<jobmanager::JobSubmission(int parallelism, const std::string& savepoint)> rescaled;
  MakeTaskManager make_taskmanager;
  SimDriver::Size size;
  bool disturbed = true;
  bool recovers = false;  // a JobManager that is gone is started again, with recovery
  FaultPlan faults;
  Duration time_max{0};                    // of virtual time
  Duration liveness_max{0};                // of it, once everything has healed
  base::FileSystem* real_files = nullptr;  // read only
  base::Log* transcript = nullptr;
  std::function<void()> between_actions;  // empty: nothing
};

struct ClusterResult {
  std::string status;  // "FINISHED"
  std::string
      trouble;  // why the run is a failure; empty: the job finished and its cluster went down
  Duration virtual_time{0};
  std::uint64_t trace_hash = 0, actions = 0, network_bytes = 0;
  std::uint64_t buggified = 0, restarts = 0;
  std::uint64_t jobmanagers_started = 0, taskmanagers_started = 0;
  FaultCounts faults{};                      // that hit something
  std::optional<Duration> recovery;          // from the healing of everything to the end
  CrashPoints::Counts crash_points;          // passed and used
  std::map<std::string, std::string> files;  // made by the job, by path
};

ClusterResult run_cluster(const ClusterOptions& options);

}  // namespace flink::sim
