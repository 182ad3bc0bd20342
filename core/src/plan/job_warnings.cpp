// SPDX-License-Identifier: Apache-2.0
// Results that nobody reads, or that nobody will ever see; and what operators say of themselves.
#include <flink/base/check.h>

#include <vector>

#include "config/options.h"
#include "plan/job_plan.h"

namespace flink::plan {
namespace options = config::options;
namespace {

// By transformation: whether somebody reads an output of it, be it a side output.
std::vector<bool> read_by_somebody(const StreamGraph& stream) {
  std::vector<bool> read(stream.transformations.size());
  for (const auto& transformation : stream.transformations) {
    for (const auto& edge : transformation.inputs)
      read[static_cast<std::size_t>(edge.source)] = true;
  }
  return read;
}

}  // namespace

std::vector<std::string> job_warnings(const graph::JobGraph& graph,
                                      const config::Configuration& configuration) {
  std::vector<std::string> warnings;
  const auto& transformations = graph.stream_graph->transformations;
  const auto read = read_by_somebody(*graph.stream_graph);
  for (std::size_t i = 0; i < transformations.size(); ++i) {
    const auto& transformation = transformations[i];
    for (const auto& warning : transformation.warnings) {
      warnings.push_back(detail::concat("'", transformation.name, "': ", warning));
    }
    if (read[i] || transformation.is_sink || transformation.output_type == nullptr) continue;
    warnings.push_back(detail::concat(
        "nothing reads the results of '", transformation.name,
        "', they are dropped: give the stream a sink, as in .print() or .sink_to(...)"));
  }
  if (!graph.bounded && !configuration.is_set(options::checkpointing_interval)) {
    for (const auto& transformation : transformations) {
      if (!transformation.commits_at_end) continue;
      warnings.push_back(detail::concat(
          "the job is unbounded and takes no checkpoints: nothing that '", transformation.name,
          "' writes becomes visible, since it is committed when the job has finished; set "
          "execution.checkpointing.interval"));
    }
  }
  return warnings;
}

}  // namespace flink::plan
