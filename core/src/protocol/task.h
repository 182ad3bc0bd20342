// SPDX-License-Identifier: Apache-2.0
// What is said of one attempt of one subtask: where it runs, what becomes of it. Plain data.
#pragma once

#include <flink/error.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/ids.h"
#include "base/network.h"
#include "state/handles.h"

namespace flink::protocol {

// Flink's ExecutionState, spelled so in REST.
enum class TaskState : std::uint8_t {
  created,
  scheduled,
  deploying,
  initializing,
  running,
  finished,
  canceling,
  canceled,
  failed,
};
inline constexpr int task_state_count = 9;
const char* task_state_name(TaskState state);  // "CREATED", …
constexpr bool is_terminal(TaskState state) {
  return state == TaskState::finished || state == TaskState::canceled || state == TaskState::failed;
}

struct TaskFailure {
  ErrorKind kind = ErrorKind::internal;
  std::string operator_name;
  std::string message;  // with the cause; once
  // The producer whose partition could not be read, where that is the cause: it runs again, too.
  std::optional<base::AttemptId> lost_partition;
};

// Numbers of one attempt, REST's spelling on the right.
struct TaskMetrics {
  std::uint64_t records_in = 0, records_out = 0;  // read-records, write-records
  std::uint64_t bytes_in = 0, bytes_out = 0;
  std::uint64_t busy_ms = 0, idle_ms = 0, backpressured_ms = 0;  // accumulated-*-time
  struct Restored {
    std::uint64_t local_bytes = 0, remote_bytes = 0;
  };
  Restored restored;  // keyed state, by where it was read (also RestoredStateSizeBytes.*)
  std::vector<std::pair<std::string, double>> user;  // counters and gauges: "operator.name"
};

// TaskManager to JobManager: the attempt is in another state.
struct TaskStateUpdate {
  base::AttemptId id;
  TaskState state = TaskState::created;
  TaskFailure failure;                 // of a failed one
  std::optional<TaskMetrics> metrics;  // the last ones, of a terminal state
};

// Where the subtasks of a neighbouring vertex run.
struct Peer {
  std::int32_t attempt = 0;
  std::string taskmanager_id;
  base::Address data_address;
};
struct VertexPeers {
  base::VertexId vertex;
  std::vector<Peer> subtasks;  // by subtask index
};

// What an attempt starts from: its share of a checkpoint.
struct Restore {
  std::int64_t checkpoint_id = 0;
  state::TaskSnapshot snapshot;
  // It had finished by then: it sends the end of its input, reports FINISHED, does nothing else.
  bool finished = false;
};

// JobManager to TaskManager.
struct TaskDeployment {
  base::AttemptId id;
  std::int32_t slot = 0;
  // Each vertex that shares an edge with this one, this one itself included.
  std::vector<VertexPeers> peers;
  // <dir>/<job-id>: chk-<n> and shared are below it. Empty: the job takes no checkpoints.
  std::string checkpoint_directory;
  std::optional<Restore> restore;  // nothing: from the beginning
};
struct CancelTask {
  base::AttemptId id;
};
// What that attempt, which has FINISHED, has written to blocking exchanges is not read any more.
struct ReleasePartition {
  base::AttemptId id;
};

// Both ways, between an operator's subtask and its coordinator.
struct OperatorEvent {
  base::AttemptId attempt;
  base::OperatorId op;
  std::string payload;
};

}  // namespace flink::protocol
