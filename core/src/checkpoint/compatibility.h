// SPDX-License-Identifier: Apache-2.0
// Whether a job can go on from a checkpoint: its operators and their states against what was
// written. Asked by `flinkc check --against` and before anything is restored. Pure functions.
#pragma once

#include <flink/graph/transformation.h>

#include <string>
#include <vector>

#include "base/ids.h"
#include "checkpoint/metadata.h"
#include "graph/job_graph.h"

namespace flink::checkpoint {

// What the job now says of an operator.
struct OperatorShape {
  base::OperatorId id;
  std::string uid;
  std::string name;
  std::int32_t max_parallelism = 128;
  std::vector<StateDescription> states;
};

// Whether the state belongs to keys; else to the operator's subtasks.
bool is_keyed(const StateDescription& state);

std::vector<OperatorShape> shapes_of(const graph::JobGraph& graph);

struct Compatibility {
  std::vector<std::string> problems;  // a restore would fail; each names operator, state and field
  std::vector<std::string> notes;     // it would not, but someone may want to know
};

// `allow_non_restored_state`: operators that are gone are a note.
Compatibility compare_states(const Metadata& metadata, const std::vector<OperatorShape>& job,
                             bool allow_non_restored_state);

}  // namespace flink::checkpoint
