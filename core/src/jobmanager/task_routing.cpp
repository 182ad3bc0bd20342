// SPDX-License-Identifier: Apache-2.0
#include "jobmanager/task_routing.h"

#include <utility>

#include "jobmanager/checkpoint_service.h"
#include "jobmanager/coordination.h"

namespace flink::jobmanager {

using protocol::TaskState;

// --- To tasks ------------------------------------------------------------------------------------

void TaskRouting::deploy(const action::Deploy& deploy) {
  taskmanagers_.send(deploy.taskmanager, deploy.deployment);
}

void TaskRouting::cancel(const action::CancelTask& cancel) {
  taskmanagers_.send(cancel.taskmanager, protocol::CancelTask{cancel.id});
}

void TaskRouting::release(const action::ReleasePartition& release) {
  taskmanagers_.send(release.taskmanager, protocol::ReleasePartition{release.id});
}

void TaskRouting::trigger(const base::AttemptId& root, const channels::Barrier& barrier) {
  const auto* subtask = context_.master.executions().find_current(root);
  if (subtask == nullptr) return;
  taskmanagers_.send(subtask->current.place.taskmanager,
                     protocol::TriggerCheckpoint{root, barrier});
}

void TaskRouting::tell(std::int64_t checkpoint_id, bool complete) {
  for (const auto& subtask : context_.master.executions().subtasks()) {
    const auto& execution = subtask.current;
    if (execution.state != TaskState::running) continue;
    const auto& to = execution.place.taskmanager;
    if (complete) {
      taskmanagers_.send(to, protocol::CheckpointComplete{execution.id, checkpoint_id});
    } else {
      taskmanagers_.send(to, protocol::CheckpointAborted{execution.id, checkpoint_id});
    }
  }
}

void TaskRouting::send_event(protocol::OperatorEvent event) {
  const auto* subtask = context_.master.executions().find_current(event.attempt);
  if (subtask == nullptr || is_terminal(subtask->current.state)) return;
  taskmanagers_.send(subtask->current.place.taskmanager, std::move(event));
}

std::vector<checkpoint::TaskInfo> TaskRouting::checkpoint_tasks() const {
  return context_.master.executions().checkpoint_tasks();
}

// --- From tasks ----------------------------------------------------------------------------------

void TaskRouting::task_state(const std::string& taskmanager,
                             const protocol::TaskStateUpdate& update) {
  auto& master = context_.master;
  if (auto* subtask = master.executions().find_current(update.id)) {
    context_.log().info(master.executions().task_name(*subtask), " - execution #",
                        update.id.attempt, " is ", protocol::task_state_name(update.state), " on ",
                        taskmanager);
    if (update.metrics) {
      subtask->current.metrics = *update.metrics;
      subtask->current.metrics_known = true;
    }
  }
  master.task_state(taskmanager, update, context_.now());
  if (update.state == TaskState::finished) checkpoints_.task_finished(update.id);
  context_.pump();
}

void TaskRouting::task_metrics(const base::AttemptId& id, protocol::TaskMetrics metrics) {
  auto* subtask = context_.master.executions().find_current(id);
  if (subtask == nullptr || is_terminal(subtask->current.state)) return;
  subtask->current.metrics = std::move(metrics);
  subtask->current.metrics_known = true;
}

void TaskRouting::operator_event(protocol::OperatorEvent event) {
  auto& executions = context_.master.executions();
  auto* subtask = executions.find_current(event.attempt);
  if (subtask == nullptr) return;
  context_.log().debug("event of ", executions.task_name(*subtask), " #", event.attempt.attempt,
                       ": ", event.payload.size(), " bytes");
  coordination_.host().operator_event(event.attempt, event.op, std::move(event.payload));
}

void TaskRouting::checkpoint_acknowledged(protocol::CheckpointAck ack) {
  checkpoints_.acknowledged(std::move(ack));
  context_.pump();
}

void TaskRouting::checkpoint_declined(const protocol::CheckpointDecline& decline) {
  checkpoints_.declined(decline);
  context_.pump();
}

}  // namespace flink::jobmanager
