// SPDX-License-Identifier: Apache-2.0
// The JobGraph: what is scheduled. Chains of operators (vertices), the exchanges between them
// (edges), slot sharing and pipelined regions. Every process of a job builds the same one;
// `fingerprint` proves it. Immutable once built; safe to share between threads.
#pragma once

#include <flink/graph/transformation.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/ids.h"

namespace flink::graph {

// One operator of a chain.
struct ChainedOperator {
  base::OperatorId id;
  int transformation = -1;  // index into StreamGraph::transformations
  std::string name;
  // Operators of the same chain that feed on this one: index in the chain, its input number, and
  // the side output they read (empty: the main one).
  struct Link {
    int target = -1;
    int input = 0;
    std::string side_output;
  };
  std::vector<Link> chained_outputs;
  std::vector<int> exchange_outputs;  // indexes into JobGraph::edges
};

struct JobVertex {
  base::VertexId id;
  std::string name;  // "Source: lines -> split"
  int parallelism = 1;
  int max_parallelism = 128;
  std::string slot_sharing_group;
  std::vector<ChainedOperator> chain;  // head first, in topological order
  std::vector<int> input_edges;        // indexes into JobGraph::edges, by input gate
  std::vector<int> output_edges;
  int region = 0;  // pipelined region
  int depth = 0;   // longest way from a source: downstream runs first
};

// An exchange between two vertices.
struct JobEdge {
  int source_vertex = -1, target_vertex = -1;  // indexes into JobGraph::vertices
  int source_operator = -1;                    // index in the source chain
  std::string side_output;
  int input = 0;  // of the target chain's head operator
  Partitioning partitioning;
  ExchangeType exchange = ExchangeType::pipelined;
  const RecordType* type = nullptr;
  // Pointwise: forward and rescale connect only matching subtasks; the others all to all.
  bool pointwise() const {
    return partitioning.strategy == ShipStrategy::forward ||
           partitioning.strategy == ShipStrategy::rescale;
  }
};

// Consumer subtasks that a producer subtask feeds, in channel order, and the reverse.
std::vector<int> consumers_of(const JobEdge& edge, int producer, int producers, int consumers);
std::vector<int> producers_of(const JobEdge& edge, int consumer, int producers, int consumers);

struct JobGraph;
// The edge over which that operator's output comes to that input of the vertex; null: there is
// none.
const JobEdge* find_input_edge(const JobGraph& graph, const JobVertex& vertex,
                               const base::OperatorId& producer, const std::string& side_output,
                               int input);

struct JobGraph {
  std::string job_name;
  std::shared_ptr<const StreamGraph> stream_graph;
  std::vector<JobVertex> vertices;  // in topological order
  std::vector<JobEdge> edges;
  int regions = 0;
  std::uint64_t fingerprint = 0;  // of everything that must be equal in all processes
  bool bounded = true;
  // It runs in BATCH: no checkpoints, no watermark but the last one, and regions one after another.
  bool batch = false;

  const Transformation& transformation(const ChainedOperator& op) const {
    return stream_graph->transformations[static_cast<std::size_t>(op.transformation)];
  }
  int vertex_index(const base::VertexId& id) const;  // -1: none
  // Slots needed: the sum over slot sharing groups of their largest parallelism.
  int slots_needed() const;
};

// Operators that call each other, one within the other, on a task's stack: a longer chain goes on
// in another task of the same slot.
inline constexpr int chain_depth_max = 100;

enum class RuntimeMode : unsigned char { streaming, batch, automatic };

struct JobGraphOptions {
  int default_parallelism = 1;
  int default_max_parallelism = -1;  // -1: by Flink's rule from the parallelism
  bool chaining = true;
  RuntimeMode mode = RuntimeMode::streaming;  // automatic: batch where all sources are bounded
  bool blocking_exchanges = true;             // in batch
  // What operators had that the job goes on from, unless they are told another; by operator id.
  std::map<base::OperatorId, int> restored_max_parallelism;
};

// Throws Error{user} for graphs that cannot run: empty or nothing but sources, a duplicate uid,
// forward between different parallelisms, a parallelism above the maximum, batch over an unbounded
// source.
JobGraph build_job_graph(std::shared_ptr<const StreamGraph> graph, const JobGraphOptions& options);

// "HASH", "REBALANCE", …
const char* ship_strategy_name(ShipStrategy strategy);
// "pipelined_bounded", "blocking"
const char* exchange_type_name(ExchangeType exchange);

// The plan as JSON (`describe --json`; the vertices' part is also what REST's /plan shows).
std::string describe_json(const JobGraph& graph);
// The same for people.
std::string describe_text(const JobGraph& graph);
// Of each operator that has state and no uid, what to do about it.
std::vector<std::string> uid_warnings(const JobGraph& graph);

}  // namespace flink::graph
