// SPDX-License-Identifier: Apache-2.0
// All tasks of one process for one job: slots, fibers and channels behind five calls. The
// TaskManager (RPC) drives it and hears of it through TaskEvents; it knows nothing of the
// JobManager.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/effects.h"
#include "base/ids.h"
#include "channels/element.h"
#include "config/configuration.h"
#include "graph/job_graph.h"
#include "protocol/checkpoint.h"
#include "protocol/task.h"

namespace flink::task {

using protocol::CheckpointMetrics;
using protocol::TaskDeployment;
using protocol::TaskFailure;
using protocol::TaskMetrics;
using protocol::TaskState;

// Called on slot threads; implementations hand over to their own thread. Per attempt in order;
// nothing after a terminal state (finished, canceled, failed).
class TaskEvents {
 public:
  virtual ~TaskEvents() = default;
  virtual void state_changed(const base::AttemptId& id, TaskState state, TaskFailure failure) = 0;
  virtual void operator_event(const base::AttemptId& id, const base::OperatorId& op,
                              std::string event) = 0;
  // Comes after every event that the task's operators sent before the barrier.
  virtual void checkpoint_acknowledged(protocol::CheckpointAck ack) = 0;
  virtual void checkpoint_declined(protocol::CheckpointDecline decline) = 0;
};

struct TaskEnvironment {
  base::Effects effects;
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
  // What that attempt, which has finished, has written to blocking exchanges may go. Any thread.
  virtual void release_partition(const base::AttemptId& id) = 0;
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
