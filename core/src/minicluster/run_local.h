// SPDX-License-Identifier: Apache-2.0
// Runs a whole job within this process and waits for its end: what the SQL client and tests use.
// Real threads, files and sockets; the calling thread becomes the control loop meanwhile.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "minicluster/local_cluster.h"

namespace flink::minicluster {

struct LocalRun {
  api::DefineJob define_job = nullptr;
  std::vector<std::string> arguments;
  config::Configuration configuration;
  int taskmanagers = 1;
  int slots = 0;             // of each; 0: as many as the job needs
  base::Log* log = nullptr;  // null: none
  // Called on the control loop at each change of the job's status, to cancel it or to crash a
  // TaskManager; may be empty.
  std::function<void(LocalCluster& cluster, jobmanager::JobStatus status)> status_changed;
  // As that, whenever the last of the job's tasks runs.
  std::function<void(LocalCluster& cluster)> all_tasks_running;
  // These cancel the job while it runs; afterwards they do what they did before.
  std::vector<int> cancelling_signals;
};

struct LocalRunResult {
  jobmanager::JobStatus status = jobmanager::JobStatus::initializing;
  std::string failure;  // why it FAILED
  int restarts = 0;
};

// Throws Error when the job cannot be built or started.
LocalRunResult run_local(const LocalRun& run);

}  // namespace flink::minicluster
