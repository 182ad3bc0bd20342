// SPDX-License-Identifier: Apache-2.0
// JobGraphs for tests of the JobManager's state machines: shape only, no functions.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "graph/job_graph.h"

namespace flink::test {

struct GraphShape {
  std::vector<int> parallelism;  // of each vertex, in topological order
  struct Edge {
    int from = 0, to = 0;
    ShipStrategy strategy = ShipStrategy::hash;
    ExchangeType exchange = ExchangeType::pipelined;
  };
  std::vector<Edge> edges;
  std::vector<std::string> groups;  // slot sharing group of each; empty: all "default"
  bool batch = false;
};

inline std::shared_ptr<const graph::JobGraph> make_graph(const GraphShape& shape) {
  auto graph = std::make_shared<graph::JobGraph>();
  graph->job_name = "test";
  graph->batch = shape.batch;
  for (std::size_t v = 0; v < shape.parallelism.size(); ++v) {
    graph::JobVertex vertex;
    vertex.id = {7, v + 1};
    vertex.name = "v" + std::to_string(v);
    vertex.parallelism = shape.parallelism[v];
    vertex.slot_sharing_group = shape.groups.empty() ? "default" : shape.groups[v];
    graph->vertices.push_back(std::move(vertex));
  }
  for (const auto& edge : shape.edges) {
    graph::JobEdge out;
    out.source_vertex = edge.from;
    out.target_vertex = edge.to;
    out.partitioning.strategy = edge.strategy;
    out.exchange = edge.exchange;
    const int index = static_cast<int>(graph->edges.size());
    graph->vertices[static_cast<std::size_t>(edge.from)].output_edges.push_back(index);
    graph->vertices[static_cast<std::size_t>(edge.to)].input_edges.push_back(index);
    graph->edges.push_back(std::move(out));
  }
  return graph;
}

}  // namespace flink::test
