// SPDX-License-Identifier: Apache-2.0
// From a checkpoint to what each subtask of a graph starts from: a pure function, for the same
// graph after a failure as for another one, at another parallelism, from a savepoint.
//
// Operators are found by id, which is their uid's hash. Keyed state goes by key groups, operator
// state by its mode (split, union, broadcast). Immutable once made; any thread.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/ids.h"
#include "checkpoint/metadata.h"
#include "graph/job_graph.h"

namespace flink::checkpoint {

struct RestorePoint {
  struct Vertex {
    bool finished = false;                       // all its subtasks had nothing more to do
    std::vector<state::TaskSnapshot> snapshots;  // by subtask
  };
  std::int64_t checkpoint_id = 0;
  std::string path;              // of the checkpoint's directory
  bool savepoint = false;        // of another run of the job
  bool last = false;             // every task had finished
  std::vector<Vertex> vertices;  // by index in the JobGraph
  std::map<base::OperatorId, std::string> coordinators;
  // A job that was stopped runs no task any more: what those would have told coordinators first.
  struct Event {
    base::VertexId vertex;
    int subtask = 0;
    base::OperatorId op;
    std::string bytes;
  };
  std::vector<Event> events;
  std::vector<std::string> dropped;  // operators whose state is left behind, for people
};

struct RedistributeOptions {
  bool allow_non_restored_state = false;
};

// The key groups of a subtask, by Flink's rule.
state::KeyGroupRange key_groups_of(int subtask, int parallelism, int max_parallelism);

// Throws Error{user} when state would be lost or does not fit, naming operator and remedy.
RestorePoint redistribute(const Metadata& metadata, const graph::JobGraph& graph,
                          const RedistributeOptions& options);

}  // namespace flink::checkpoint
