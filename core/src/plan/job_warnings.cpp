// SPDX-License-Identifier: Apache-2.0
// Results that nobody reads, or that nobody will ever see; windows whose time never comes; and what
// operators say of themselves.
#include <flink/base/check.h>

#include <set>
#include <string>
#include <utility>
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

// The sources from which records come to it with no watermarks, by name.
std::set<std::string> sources_without_watermarks(const StreamGraph& stream,
                                                 const Transformation& from, bool bounded) {
  std::set<std::string> out;
  for (const auto& edge : from.inputs) {
    const auto& up = stream.transformations[static_cast<std::size_t>(edge.source)];
    if (up.makes_watermarks) continue;
    if (up.inputs.empty() && up.bounded == bounded) out.insert("'" + up.name + "'");
    out.merge(sources_without_watermarks(stream, up, bounded));
  }
  return out;
}

std::string listed(const std::set<std::string>& names) {
  std::string out;
  for (const auto& name : names) out += (out.empty() ? "" : ", ") + name;
  return out;
}

void warn_of_missing_watermarks(const StreamGraph& stream, std::vector<std::string>& warnings) {
  constexpr const char* advice =
      ": give from_source() a strategy such as WatermarkStrategy<Record>::"
      "for_bounded_out_of_orderness(5s).with_timestamp_assigner(&Record::at), or put "
      "assign_timestamps_and_watermarks() behind it";
  for (const auto& t : stream.transformations) {
    if (!t.needs_watermarks) continue;
    if (const auto never = sources_without_watermarks(stream, t, false); !never.empty()) {
      warnings.push_back(detail::concat("nothing ever comes out of '", t.name,
                                        "', which waits for watermarks, and ", listed(never),
                                        " makes none", advice));
    } else if (const auto late = sources_without_watermarks(stream, t, true); !late.empty()) {
      warnings.push_back(detail::concat("all results of '", t.name, "' come at the end of ",
                                        listed(late), ", which makes no watermarks", advice));
    }
  }
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
  if (!graph.batch) warn_of_missing_watermarks(*graph.stream_graph, warnings);
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
