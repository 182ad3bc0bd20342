// SPDX-License-Identifier: Apache-2.0
// Who holds event time back, by what tasks have reported.
#include "jobmanager/watermark_holders.h"

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

#include "operators/watermark_metrics.h"
#include "test_graphs.h"

using namespace flink;
using namespace flink::jobmanager;
using flink::test::make_graph;

namespace {

constexpr std::int64_t none = INT64_MIN;

// Two sources of two subtasks, joined, then a sink: v0, v1 -> v2 -> v3. v1 has a generator behind
// its source, in its chain.
struct Cluster {
  std::shared_ptr<const graph::JobGraph> graph;
  ExecutionGraph executions;

  static std::shared_ptr<const graph::JobGraph> shape() {
    auto out = std::make_shared<graph::JobGraph>(
        *make_graph({{2, 2, 1, 1}, {{0, 2}, {1, 2}, {2, 3}}, {}}));
    for (auto& vertex : out->vertices) vertex.chain.push_back({.name = vertex.name});
    out->vertices[1].chain[0].chained_outputs.push_back({.target = 1});
    out->vertices[1].chain.push_back({.name = "stamps"});
    for (auto& edge : out->edges) edge.source_operator = edge.source_vertex == 1 ? 1 : 0;
    return out;
  }
  Cluster() : graph(shape()), executions(graph, Instant{{}, 1}) {
    for (auto& one : executions.subtasks()) {
      one.current.enter(protocol::TaskState::running, Instant{{}, 77});
    }
  }
  void say(int vertex, int subtask, const std::string& op,
           const operators::WatermarkMetricNames& names, std::int64_t watermark, std::int64_t since,
           bool idle = false) {
    auto& out = executions.subtask(vertex, subtask).current.metrics.user;
    out.emplace_back(op + "." + names.watermark, static_cast<double>(watermark));
    out.emplace_back(op + "." + names.since, static_cast<double>(since));
    out.emplace_back(op + "." + names.idle, idle ? 1 : 0);
  }
  void source(int vertex, int subtask, std::int64_t watermark, std::int64_t since = 5,
              bool idle = false) {
    say(vertex, subtask, vertex == 1 ? "stamps" : "v0", operators::operator_watermark_metrics(),
        watermark, since, idle);
  }
  void split(int vertex, int subtask, const std::string& name, std::int64_t watermark,
             std::int64_t since, bool idle = false) {
    say(vertex, subtask, "v0", operators::split_watermark_metrics(name), watermark, since, idle);
  }
  void finish(int vertex, int subtask) {
    executions.subtask(vertex, subtask).current.state = protocol::TaskState::finished;
  }
  // "waiting<-operator<source#subtask#subtask[split]@watermark~since"
  std::vector<std::string> holders() const {
    std::vector<std::string> out;
    for (const auto& one : watermark_holders(executions)) {
      std::string subtasks, sources;
      for (const auto subtask : one.subtasks) subtasks += "#" + std::to_string(subtask);
      for (const auto& source : one.sources) sources += "<" + source;
      out.push_back(one.vertex_name + "<-" + one.operator_name + sources + subtasks +
                    (one.split.empty() ? "" : "[" + one.split + "]") + "@" +
                    (one.watermark == none ? "none" : std::to_string(one.watermark)) + "~" +
                    std::to_string(one.since));
    }
    return out;
  }
};
using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("the least of the inputs that count holds everything behind it back") {
  Cluster cluster;
  cluster.source(0, 0, 900);
  cluster.source(0, 1, 800);
  cluster.source(1, 0, 950);
  cluster.source(1, 1, none, 9);
  CHECK(cluster.holders() == Lines{"v2<-stamps<v1#1@none~9", "v3<-stamps<v1#1@none~9"});
}

TEST_CASE("all subtasks that stand there are named") {
  Cluster cluster;
  cluster.source(0, 0, none, 8);
  cluster.source(0, 1, none, 9);
  for (const int i : {0, 1}) cluster.source(1, i, 900);
  CHECK(cluster.holders().front() == "v2<-v0#0#1@none~8");
  cluster.finish(0, 0);
  CHECK(cluster.holders().front() == "v2<-v0#1@none~9");
}

TEST_CASE("a split is named") {
  Cluster cluster;
  cluster.source(0, 0, 300);
  cluster.split(0, 0, "a.b.csv", 700, 6);
  cluster.split(0, 0, "quiet", 100, 8, true);
  cluster.split(0, 0, "late", 300, 7);
  for (const int i : {0, 1}) cluster.source(1, i, 900);
  cluster.source(0, 1, 900);
  CHECK(cluster.holders().front() == "v2<-v0#0[late]@300~7");
}

TEST_CASE("what is idle, has ended or is at its end holds nothing back") {
  Cluster cluster;
  cluster.source(0, 0, 100, 5, true);
  cluster.finish(0, 1);
  cluster.source(1, 0, 900, 6);
  cluster.source(1, 1, INT64_MAX);
  CHECK(cluster.holders().front() == "v2<-stamps<v1#0@900~6");
  cluster.finish(1, 0);
  CHECK(cluster.holders().empty());
}

TEST_CASE("a source without watermarks holds those that have some back") {
  Cluster cluster;
  CHECK(cluster.holders().empty());  // nobody has: the job has no event time
  cluster.source(0, 0, 100);
  cluster.source(0, 1, 100);
  CHECK(cluster.holders().front() == "v2<-v1#0#1@none~77");
  CHECK(watermark_holders(cluster.executions).front().advice.starts_with("it makes no watermarks"));
}
