// SPDX-License-Identifier: Apache-2.0
// The graph that define_job builds: plain data between the api (which fills it) and graph (which
// turns it into the JobGraph). Nothing typed is left but the factories and record types.
#pragma once

#include <flink/graph/coordinator.h>
#include <flink/graph/operator.h>
#include <flink/graph/partitioner.h>
#include <flink/state/state_description.h>
#include <flink/types/record_type.h>

#include <optional>
#include <string>
#include <vector>

namespace flink {

// One input edge of an operator.
struct StreamEdge {
  int source = -1;          // index of the transformation that produces
  std::string side_output;  // empty: the main output
  Partitioning partitioning;
  int input = 0;  // which input of the consumer: 0, or 1 for the second of connect(), or more
  const RecordType* type = nullptr;
  ExchangeType exchange = ExchangeType::pipelined;
};

enum class ChainingStrategy : unsigned char { always, head, never };

// What is copied, moved and destroyed here is compiled once, in core/src/graph, not in every job.

// One operator (Flink's StreamNode). Union, partitioning and side outputs are edges, not nodes.
struct Transformation {
  Transformation();
  Transformation(const Transformation& other);
  Transformation(Transformation&& other) noexcept;
  Transformation& operator=(const Transformation& other);
  Transformation& operator=(Transformation&& other) noexcept;
  ~Transformation();

  std::string name;  // "Source: lines", "Map", …
  std::string uid;
  std::optional<int> parallelism;
  std::optional<int> max_parallelism;
  std::string slot_sharing_group;  // empty: from the inputs
  ChainingStrategy chaining = ChainingStrategy::always;
  bool parallelism_fixed_to_one = false;  // socket sources, windows without keys
  bool bounded = true;                    // sources only
  bool keyed = false;
  bool selects_inputs = false;    // select_inputs() is asked; such a job takes no checkpoints
  bool makes_watermarks = false;  // a generator of them; what comes from upstream ends here
  bool needs_watermarks = false;  // without them it has results at the end of the input only
  bool is_sink = false;
  bool commits_at_end = false;  // a sink whose results become visible at a commit only

  std::vector<StreamEdge> inputs;  // empty: a source
  const RecordType* output_type = nullptr;
  std::vector<StateDescription> states;
  std::vector<std::string> warnings;  // legal, but most likely not as it was meant

  SourceFactory make_source;      // sources
  OperatorFactory make_operator;  // all others
  // In BATCH instead: gets its input sorted by key, many keys a batch, and has no keyed state.
  // Empty: make_operator, a key at a time.
  OperatorFactory make_batch_operator;
  CoordinatorFactory make_coordinator;  // may be empty
};

// What define_job leaves behind.
struct StreamGraph {
  StreamGraph();
  StreamGraph(const StreamGraph& other);
  StreamGraph& operator=(const StreamGraph&) = delete;
  ~StreamGraph();

  std::string job_name = "Flink Streaming Job";
  std::optional<int> parallelism;
  std::optional<int> max_parallelism;
  std::vector<std::pair<std::string, std::string>> configuration;  // set in code
  std::vector<Transformation> transformations;
};

}  // namespace flink
