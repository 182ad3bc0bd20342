// SPDX-License-Identifier: Apache-2.0
// From define_job to what is submitted: runs it, merges the settings it made in code over the
// configuration, builds the JobGraph. Every process of a job comes through here, with the same
// result.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "api/job_definition.h"
#include "base/file_system.h"
#include "config/configuration.h"
#include "graph/job_graph.h"
#include "jobmanager/job_manager.h"
#include "taskmanager/task_manager.h"

namespace flink::minicluster {

struct JobPlan {
  std::shared_ptr<const graph::JobGraph> graph;
  std::map<std::string, std::string> files;  // that define_job read
  config::Configuration configuration;       // effective: code's settings included
  std::set<std::string> placeholders;        // required arguments that are missing (describing)
  std::vector<std::string> warnings;
};

struct JobPlanRequest {
  api::DefineJob define_job = nullptr;
  std::vector<std::string> arguments;
  config::Configuration configuration;
  bool describing = false;
  base::FileSystem* file_system = nullptr;                    // for env.read_file(), or
  std::map<std::string, std::string> const* files = nullptr;  // what was shipped
};

// Throws Error{user} when the job cannot be built: define_job threw, the graph is empty, ...
JobPlan plan_job(const JobPlanRequest& request);

// The operators' maximum parallelism becomes what it was, where nobody has set another.
void restore_max_parallelism(JobPlan& plan, const std::map<base::OperatorId, int>& had);

// The plan as what a JobManager is given.
jobmanager::JobSubmission submission_of(const JobPlan& plan, std::vector<std::string> arguments,
                                        std::string build_id);
// How a TaskManager builds the same plan.
taskmanager::JobBuilder builder_of(api::DefineJob define_job);

// Version and sanitizer of the runtime: "abi_1".
std::string abi_tag();

}  // namespace flink::minicluster
