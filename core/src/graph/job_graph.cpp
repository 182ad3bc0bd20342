// SPDX-License-Identifier: Apache-2.0
#include "graph/job_graph.h"

#include <flink/base/check.h>

#include <algorithm>
#include <map>

namespace flink::graph {

namespace {

// rescale: each producer feeds, or each consumer is fed by, a contiguous group (Flink,
// "Rescaling").
std::pair<int, int> group_of(int index, int mine, int theirs) {
  if (theirs >= mine) return {index * theirs / mine, (index + 1) * theirs / mine};
  // The one whose group holds this index.
  for (int other = 0; other < theirs; ++other) {
    if (index < (other + 1) * mine / theirs) return {other, other + 1};
  }
  FLINK_CHECK(false, index, mine, theirs);
  return {0, 0};
}

std::vector<int> range(int begin, int end) {
  std::vector<int> indexes;
  for (int i = begin; i < end; ++i) indexes.push_back(i);
  return indexes;
}

}  // namespace

std::vector<int> consumers_of(const JobEdge& edge, int producer, int producers, int consumers) {
  if (!edge.pointwise()) return range(0, consumers);
  const auto [begin, end] = group_of(producer, producers, consumers);
  return range(begin, end);
}

std::vector<int> producers_of(const JobEdge& edge, int consumer, int producers, int consumers) {
  if (!edge.pointwise()) return range(0, producers);
  const auto [begin, end] = group_of(consumer, consumers, producers);
  return range(begin, end);
}

const JobEdge* find_input_edge(const JobGraph& graph, const JobVertex& vertex,
                               const base::OperatorId& producer, const std::string& side_output,
                               int input) {
  for (const int e : vertex.input_edges) {
    const JobEdge& edge = graph.edges[static_cast<std::size_t>(e)];
    const auto& source = graph.vertices[static_cast<std::size_t>(edge.source_vertex)];
    const auto& op = source.chain[static_cast<std::size_t>(edge.source_operator)];
    if (op.id == producer && edge.side_output == side_output && edge.input == input) return &edge;
  }
  return nullptr;
}

int JobGraph::vertex_index(const base::VertexId& id) const {
  for (std::size_t i = 0; i < vertices.size(); ++i) {
    if (vertices[i].id == id) return static_cast<int>(i);
  }
  return -1;
}

int JobGraph::slots_needed() const {
  std::map<std::string, int> widest;
  for (const auto& vertex : vertices) {
    int& slots = widest[vertex.slot_sharing_group];
    slots = std::max(slots, vertex.parallelism);
  }
  int sum = 0;
  for (const auto& [group, slots] : widest) sum += slots;
  return sum;
}

}  // namespace flink::graph
