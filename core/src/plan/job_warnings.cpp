// SPDX-License-Identifier: Apache-2.0
// Results that nobody reads, or that nobody will ever see; windows whose time never comes; and what
// operators say of themselves.
#include <flink/base/check.h>

#include <algorithm>
#include <map>
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

using Sources = std::set<const Transformation*>;

// Those from which records come to it with no watermarks.
Sources sources_without_watermarks(const StreamGraph& stream, const Transformation& from) {
  Sources out;
  for (const auto& edge : from.inputs) {
    const auto& up = stream.transformations[static_cast<std::size_t>(edge.source)];
    if (up.makes_watermarks) continue;
    if (up.inputs.empty()) out.insert(&up);
    out.merge(sources_without_watermarks(stream, up));
  }
  return out;
}

// "'clicks', 'Source: Collection Source' (2 of that name)"
std::string listed(const Sources& sources) {
  std::map<std::string, int> names;
  for (const auto* source : sources) ++names[source->name];
  std::string out;
  for (const auto& [name, count] : names) {
    out += detail::concat(out.empty() ? "'" : ", '", name, "'");
    if (count > 1) out += detail::concat(" (", count, " of that name)");
  }
  return out;
}

void warn_of_missing_watermarks(const StreamGraph& stream, std::vector<std::string>& warnings) {
  constexpr const char* advice =
      "; give from_source() a strategy such as WatermarkStrategy<Record>::"
      "for_bounded_out_of_orderness(5s).with_timestamp_assigner(&Record::at), or put "
      "assign_timestamps_and_watermarks() behind it";
  for (const auto& t : stream.transformations) {
    if (!t.needs_watermarks) continue;
    const Sources sources = sources_without_watermarks(stream, t);
    if (sources.empty()) continue;
    const bool ends = std::ranges::all_of(sources, [](const auto* one) { return one->bounded; });
    const char* without = sources.size() > 1 ? " make none" : " makes none";
    warnings.push_back(
        detail::concat("'", t.name, "' waits for watermarks, and ", listed(sources), without, ": ",
                       ends ? "all its results come at the end" : "nothing ever comes out of it",
                       ", and a record without a timestamp fails it", advice));
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
