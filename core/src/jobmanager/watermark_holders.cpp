// SPDX-License-Identifier: Apache-2.0
#include "jobmanager/watermark_holders.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include "operators/watermark_metrics.h"

namespace flink::jobmanager {
namespace {

using graph::JobVertex;

// What an operator's output, or a task's input, stands at, and who is to blame.
struct Standing {
  std::int64_t watermark = INT64_MAX;
  bool idle = false;
  bool generated = false;  // something upstream makes watermarks; who is to blame:
  int vertex = -1, subtask = -1;
  int op = -1;
  std::string split;
  std::int64_t since = 0;
  bool makes_none = false;
};

class Metrics {
 public:
  Metrics(const Execution& execution, std::string_view op)
      : metrics_(execution.metrics.user), prefix_(detail::concat(op, ".")) {}

  std::optional<double> find(std::string_view name) const {
    for (const auto& [key, value] : metrics_) {
      if (key.size() == prefix_.size() + name.size() && key.starts_with(prefix_) &&
          key.ends_with(name)) {
        return value;
      }
    }
    return std::nullopt;
  }
  std::vector<std::string> splits() const {
    std::vector<std::string> out;
    const auto begin = prefix_ + std::string{operators::split_metrics};
    for (const auto& [key, value] : metrics_) {
      if (!key.starts_with(begin) || !key.ends_with(operators::split_watermark_metric)) continue;
      out.push_back(key.substr(
          begin.size(), key.size() - begin.size() - operators::split_watermark_metric.size()));
    }
    return out;
  }

 private:
  const std::vector<std::pair<std::string, double>>& metrics_;
  std::string prefix_;
};

std::int64_t whole(double value) {
  if (value >= 0x1p63) return INT64_MAX;
  return static_cast<std::int64_t>(value);
}

class Walk {
 public:
  explicit Walk(const ExecutionGraph& executions)
      : executions_(executions), graph_(executions.job_graph()) {}

  // What holds that task's input back.
  const Standing& input_of(int vertex, int subtask) {
    const auto [at, is_new] = inputs_.try_emplace({vertex, subtask});
    if (!is_new) return at->second;
    std::optional<Standing> least;
    bool generated = false;
    const auto& target = graph_.vertices[static_cast<std::size_t>(vertex)];
    for (const int e : target.input_edges) {
      const auto& edge = graph_.edges[static_cast<std::size_t>(e)];
      const auto& source = graph_.vertices[static_cast<std::size_t>(edge.source_vertex)];
      for (const int producer :
           graph::producers_of(edge, subtask, source.parallelism, target.parallelism)) {
        auto standing = output_of(edge.source_vertex, edge.source_operator, producer);
        generated = generated || standing.generated;
        if (standing.idle) continue;
        if (!least || standing.watermark < least->watermark) least = std::move(standing);
      }
    }
    auto& out = inputs_[{vertex, subtask}];
    if (least) out = *std::move(least);
    out.idle = !least;
    out.generated = generated;
    return out;
  }
  // Those of the same operator that stand where this one does.
  std::vector<std::int32_t> subtasks_of(const Standing& holder) {
    std::vector<std::int32_t> out{holder.subtask};
    const int parallelism = graph_.vertices[static_cast<std::size_t>(holder.vertex)].parallelism;
    for (int i = 0; i < parallelism; ++i) {
      if (i == holder.subtask) continue;
      const auto other = output_of(holder.vertex, holder.op, i);
      if (!other.idle && other.watermark == holder.watermark) out.push_back(i);
    }
    return out;
  }
  // Whose records an operator gets, by name, unless it is a source.
  std::vector<std::string> sources_behind(int vertex, int op) const {
    std::set<std::string> names;
    std::set<std::pair<int, int>> seen;
    collect_sources(vertex, op, seen, names);
    const auto& node = graph_.vertices[static_cast<std::size_t>(vertex)];
    if (before(node, op) < 0 && node.input_edges.empty()) names.clear();
    return {names.begin(), names.end()};
  }

 private:
  void collect_sources(int vertex, int op, std::set<std::pair<int, int>>& seen,
                       std::set<std::string>& names) const {
    if (!seen.emplace(vertex, op).second) return;
    const auto& node = graph_.vertices[static_cast<std::size_t>(vertex)];
    if (node.input_edges.empty()) names.insert(node.chain.front().name);
    for (const int e : node.input_edges) {
      const auto& edge = graph_.edges[static_cast<std::size_t>(e)];
      collect_sources(edge.source_vertex, edge.source_operator, seen, names);
    }
  }
  Standing output_of(int vertex, int op, int subtask) {
    const auto& node = graph_.vertices[static_cast<std::size_t>(vertex)];
    const auto& execution = executions_.subtask(vertex, subtask).current;
    if (execution.state == protocol::TaskState::finished) return {};
    for (int at = op; at >= 0; at = before(node, at)) {
      const Metrics metrics{execution, node.chain[static_cast<std::size_t>(at)].name};
      const auto names = operators::operator_watermark_metrics();
      const auto watermark = metrics.find(names.watermark);
      if (!watermark) continue;
      Standing out{whole(*watermark),
                   metrics.find(names.idle).value_or(0) != 0,
                   true,
                   vertex,
                   subtask,
                   at,
                   {},
                   whole(metrics.find(names.since).value_or(0))};
      blame_split(metrics, out);
      return out;
    }
    if (!node.input_edges.empty()) return input_of(vertex, subtask);
    const auto running = static_cast<std::size_t>(protocol::TaskState::running);
    return {INT64_MIN, false, false, vertex, subtask, 0, {}, execution.entered[running], true};
  }
  // The split that is least of those that count.
  static void blame_split(const Metrics& metrics, Standing& out) {
    std::optional<std::int64_t> least;
    for (const auto& split : metrics.splits()) {
      const auto names = operators::split_watermark_metrics(split);
      const auto watermark = whole(metrics.find(names.watermark).value_or(0));
      if (metrics.find(names.idle).value_or(0) != 0 || (least && watermark >= *least)) continue;
      least = watermark;
      out.split = split;
      out.since = whole(metrics.find(names.since).value_or(0));
    }
  }
  // The operator whose main output that one reads in the chain; -1: it is the head.
  static int before(const JobVertex& vertex, int op) {
    for (int i = 0; i < op; ++i) {
      const auto& links = vertex.chain[static_cast<std::size_t>(i)].chained_outputs;
      if (std::ranges::any_of(links, [&](const auto& link) { return link.target == op; })) return i;
    }
    return -1;
  }

  const ExecutionGraph& executions_;
  const graph::JobGraph& graph_;
  std::map<std::pair<int, int>, Standing> inputs_;
};

std::string advice(const Standing& standing) {
  if (standing.makes_none) {
    return "it makes no watermarks: give its source a WatermarkStrategy, or put "
           "assign_timestamps_and_watermarks() behind it";
  }
  return "an input that may be quiet is left out with .with_idleness(30s) on its "
         "WatermarkStrategy; "
         "one that has records needs timestamps that go on";
}

}  // namespace

std::vector<rest::WatermarkHolderView> watermark_holders(const ExecutionGraph& executions) {
  std::vector<rest::WatermarkHolderView> out;
  const auto& graph = executions.job_graph();
  Walk walk{executions};
  for (std::size_t v = 0; v < graph.vertices.size(); ++v) {
    const auto& vertex = graph.vertices[v];
    const Standing* least = nullptr;
    bool generated = false;
    for (int i = 0; i < vertex.parallelism; ++i) {
      if (is_terminal(executions.subtask(static_cast<int>(v), i).current.state)) continue;
      const auto& standing = walk.input_of(static_cast<int>(v), i);
      generated = generated || standing.generated;
      if (standing.idle || standing.vertex < 0) continue;
      if (least == nullptr || standing.watermark < least->watermark) least = &standing;
    }
    if (least == nullptr || !generated || least->watermark == INT64_MAX) continue;
    const auto& holder = graph.vertices[static_cast<std::size_t>(least->vertex)];
    out.push_back({vertex.id.hex(), vertex.name, holder.id.hex(), holder.name,
                   holder.chain[static_cast<std::size_t>(least->op)].name, walk.subtasks_of(*least),
                   walk.sources_behind(least->vertex, least->op), least->split, least->watermark,
                   least->since, advice(*least)});
  }
  return out;
}

}  // namespace flink::jobmanager
