// SPDX-License-Identifier: Apache-2.0
// What was dropped as late is added up over subtasks, an operator at a time.
#include "jobmanager/late_records.h"

#include <doctest/doctest.h>

#include "test_graphs.h"

using namespace flink;
using namespace flink::jobmanager;

TEST_CASE("each operator that dropped records is named once, with the sum of its subtasks") {
  auto graph =
      std::make_shared<graph::JobGraph>(*test::make_graph({{1, 3, 2}, {{0, 1}, {1, 2}}, {}}));
  graph->vertices[0].chain.push_back({.name = "Source: a"});
  graph->vertices[1].chain = {{.name = "hours"}, {.name = "days"}};
  graph->vertices[2].chain.push_back({.name = "joins"});
  ExecutionGraph executions{graph, Instant{{}, 1}};
  CHECK(late_record_warnings(executions).empty());
  const auto drop = [&](int vertex, int subtask, const std::string& op, double records) {
    executions.subtask(vertex, subtask)
        .current.metrics.user.emplace_back(op + ".numLateRecordsDropped", records);
  };
  drop(1, 0, "hours", 2);
  drop(1, 1, "hours", 0);
  drop(1, 2, "hours", 5);
  drop(1, 2, "days", 0);
  drop(2, 1, "joins", 1);
  const auto warnings = late_record_warnings(executions);
  REQUIRE(warnings.size() == 2);
  CHECK(warnings[0].starts_with("'hours' dropped 7 records that came behind the watermark"));
  CHECK(warnings[1].starts_with("'joins' dropped 1 record that"));
}
