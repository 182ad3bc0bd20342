// SPDX-License-Identifier: Apache-2.0
// All tasks of one process for one job: slots, fibers and channels behind five calls. The
// TaskManager (RPC) drives it and hears of it through TaskEvents; it knows nothing of the
// JobManager.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/executor.h"
#include "base/file_system.h"
#include "base/ids.h"
#include "base/network.h"
#include "base/random.h"
#include "channels/element.h"
#include "checkpoint/checkpoint_metrics.h"
#include "config/configuration.h"
#include "graph/job_graph.h"

namespace flink::task {

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
const char* task_state_name(TaskState state);  // "CREATED", …

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

struct TaskDeployment {
  base::AttemptId id;
  int slot = 0;
  // Each vertex that shares an edge with this one, this one itself included.
  std::vector<VertexPeers> peers;
  // <dir>/<job-id>: chk-<n> and shared are below it. Empty: the job takes no checkpoints.
  std::string checkpoint_directory;
  // What it starts from: a checkpoint's id, and this subtask's share of it as bytes of
  // Serializer<state::TaskSnapshot>. No id: from the beginning.
  std::optional<std::int64_t> restored_checkpoint_id;
  std::string restore;
  // It had finished by then: it sends the end of its input, reports FINISHED, does nothing else.
  bool finished = false;
};

struct TaskFailure {
  int kind = 0;  // flink::ErrorKind
  std::string operator_name;
  std::string message;  // with the cause; once
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

using checkpoint::CheckpointMetrics;

// Called on slot threads; implementations hand over to their own thread. Per attempt in order;
// nothing after a terminal state (finished, canceled, failed).
class TaskEvents {
 public:
  virtual ~TaskEvents() = default;
  virtual void state_changed(const base::AttemptId& id, TaskState state, TaskFailure failure) = 0;
  virtual void operator_event(const base::AttemptId& id, const base::OperatorId& op,
                              std::string event) = 0;
  // Its part is durable: bytes of Serializer<state::TaskSnapshot>. Comes after every event that the
  // task's operators sent before the barrier.
  virtual void checkpoint_acknowledged(const base::AttemptId& id, std::int64_t checkpoint_id,
                                       std::string snapshot, CheckpointMetrics metrics) = 0;
  // Its part failed; the task goes on.
  virtual void checkpoint_declined(const base::AttemptId& id, std::int64_t checkpoint_id,
                                   std::string reason) = 0;
};

// The effects a process is given.
struct TaskEnvironment {
  base::Executor* executor = nullptr;
  base::Network* network = nullptr;
  base::FileSystem* file_system = nullptr;
  const base::Clock* clock = nullptr;
  base::Random* random = nullptr;
  std::string taskmanager_id;
};

class TaskHost {
 public:
  struct JobInfo {
    base::JobId id;
    std::uint64_t epoch = 0;  // JobManager's leader epoch: in every data-plane handshake
  };
  virtual ~TaskHost() = default;  // cancels what runs, waits for the slots
  // Any thread. Failures of the deployment itself arrive as state_changed(failed).
  virtual void deploy(TaskDeployment deployment) = 0;
  virtual void cancel(const base::AttemptId& id) = 0;
  virtual void operator_event(const base::AttemptId& id, const base::OperatorId& op,
                              std::string event) = 0;
  // To the tasks at which a checkpoint starts. Any thread; unknown attempts are ignored, like ids
  // that are not newer than the last one.
  virtual void trigger_checkpoint(const base::AttemptId& id, channels::Barrier barrier) = 0;
  // That checkpoint and all older ones are complete; or that one will never be. To every task.
  virtual void notify_checkpoint_complete(const base::AttemptId& id,
                                          std::int64_t checkpoint_id) = 0;
  virtual void notify_checkpoint_aborted(const base::AttemptId& id, std::int64_t checkpoint_id) = 0;
  virtual TaskMetrics metrics(const base::AttemptId& id) = 0;
  virtual base::Address data_address() const = 0;
  // Tasks that have not yielded for 30 s: name and, where there is one, the stack.
  virtual std::vector<std::string> stuck_tasks() = 0;
};

std::unique_ptr<TaskHost> make_task_host(const TaskEnvironment& environment,
                                         std::shared_ptr<const graph::JobGraph> graph,
                                         const config::Configuration& configuration,
                                         const TaskHost::JobInfo& job, int slots,
                                         TaskEvents& events);

}  // namespace flink::task
