// SPDX-License-Identifier: Apache-2.0
// What a JobManager is to run. Plain data.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "config/configuration.h"
#include "graph/job_graph.h"

namespace flink::jobmanager {

struct JobSubmission {
  std::shared_ptr<const graph::JobGraph> graph;
  std::string graph_description;             // describe_text(*graph), to show differences
  std::vector<std::string> arguments;        // of define_job
  std::map<std::string, std::string> files;  // that define_job reads
  config::Configuration configuration;       // effective, the code's settings included
  std::string build_id;                      // of this executable
  std::string abi;
  std::optional<base::JobId> job_id;  // nothing: a random one
  bool recover = false;               // go on where an earlier JobManager of this id stopped
};

}  // namespace flink::jobmanager
