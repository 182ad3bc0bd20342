// SPDX-License-Identifier: Apache-2.0
// From define_job to the JobGraph: runs it, merges the settings it made in code over the
// configuration, builds the graph, says what looks like a mistake. Every process of a job comes
// through here, real or simulated, with the same result.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "api/job_definition.h"
#include "base/file_system.h"
#include "config/configuration.h"
#include "graph/job_graph.h"

namespace flink::plan {

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

// The same job under another configuration, an effective one.
std::shared_ptr<const graph::JobGraph> graph_under(const config::Configuration& configuration,
                                                   std::shared_ptr<const StreamGraph> stream);

// What will run, but most likely not as it was meant.
std::vector<std::string> job_warnings(const graph::JobGraph& graph,
                                      const config::Configuration& configuration);

}  // namespace flink::plan
