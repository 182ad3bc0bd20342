// SPDX-License-Identifier: Apache-2.0
// The JobManager between its checkpoints, its tasks and its coordinators.
#include <flink/error.h>

#include <utility>

#include "jobmanager/job_manager.h"

namespace flink::jobmanager {

// --- Start and end -------------------------------------------------------------------------------

void JobManager::job_opened(const checkpoint::Opened& opened) {
  // Sessions are of the epoch that was taken: no TaskManager is heard before.
  if (opened.epoch != 0) epoch_ = opened.epoch;
  tasks_.add(accept_loop());
  if (opened.ended) {
    const auto& ended = *opened.ended;
    process_.log.info("the job has ended before: ", ended.status, " ", ended.detail);
    listener_.ended_before(ended);
    const auto status = ended.status == "FINISHED"   ? JobStatus::finished
                        : ended.status == "CANCELED" ? JobStatus::canceled
                                                     : JobStatus::failed;
    master_.ended_before(status, instant());
  } else if (!is_terminal(master_.status()) && master_.status() == JobStatus::initializing) {
    // Nobody restarts a task so often before the JobManager itself is gone.
    constexpr std::uint64_t attempts_of_one = 100'000, leaders_max = 20'000;
    const auto earlier = (opened.life - 1) % leaders_max;
    master_.start(instant(), static_cast<int>(earlier * attempts_of_one));
  }
  pump();
}

void JobManager::job_not_opened(ErrorKind kind, const std::string& message) {
  tasks_.add(accept_loop());  // to say that there is no job
  master_.fail(kind, message, instant());
  pump();
}

void JobManager::suspend_job(const std::string& message) { suspend(message); }

void JobManager::checkpoints_failed(const std::string& message) {
  master_.fail_over(ErrorKind::transient, message, instant());
  pump();
}

// --- Tasks and coordinators ----------------------------------------------------------------------

std::vector<checkpoint::TaskInfo> JobManager::checkpoint_tasks() const {
  return master_.executions().checkpoint_tasks();
}

void JobManager::snapshot_coordinators(std::int64_t checkpoint_id) {
  coordinators_->checkpoint(checkpoint_id);
}

void JobManager::coordinator_passed(std::int64_t checkpoint_id, base::OperatorId op) {
  post([this, checkpoint_id, op] { held_events_.passed(op, checkpoint_id); });
}

void JobManager::coordinators_snapshot(std::int64_t checkpoint_id,
                                       std::map<base::OperatorId, std::string> states) {
  post([this, checkpoint_id, states = std::move(states)]() mutable {
    held_events_.add(HeldEvents::Snapshot{checkpoint_id, std::move(states)});
    release_events();
  });
}

void JobManager::trigger(const base::AttemptId& root, const channels::Barrier& barrier) {
  const auto* subtask = master_.executions().find_current(root);
  if (subtask == nullptr) return;
  send_to_task(*subtask, protocol::TriggerCheckpoint{root, barrier});
}

void JobManager::checkpoint_complete(std::int64_t checkpoint_id) {
  tell_tasks(checkpoint_id, true);
  coordinators_->checkpoint_complete(checkpoint_id);
}

void JobManager::checkpoint_aborted(std::int64_t checkpoint_id, bool triggered) {
  if (triggered) tell_tasks(checkpoint_id, false);
  coordinators_->checkpoint_aborted(checkpoint_id);
}

void JobManager::tell_tasks(std::int64_t checkpoint_id, bool complete) {
  for (const auto& subtask : master_.executions().subtasks()) {
    const auto& execution = subtask.current;
    if (execution.state != protocol::TaskState::running) continue;
    if (complete) send_to_task(subtask, protocol::CheckpointComplete{execution.id, checkpoint_id});
    else send_to_task(subtask, protocol::CheckpointAborted{execution.id, checkpoint_id});
  }
}

void JobManager::checkpoint_acknowledged(TaskManagerSession&, protocol::CheckpointAck ack) {
  checkpoints_->acknowledged(std::move(ack));
}

void JobManager::checkpoint_declined(TaskManagerSession&,
                                     const protocol::CheckpointDecline& decline) {
  checkpoints_->declined(decline);
}

void JobManager::send_event(protocol::OperatorEvent event) {
  const auto* subtask = master_.executions().find_current(event.attempt);
  if (subtask == nullptr || is_terminal(subtask->current.state)) return;
  send_to_task(*subtask, std::move(event));
}

void JobManager::send_to_task(const Subtask& subtask, const protocol::Command& command) {
  if (auto* session = session_of(subtask.current.place.taskmanager)) send(*session, command);
}

void JobManager::send(TaskManagerSession& session, const protocol::Command& command) {
  try {
    session.send(command);
  } catch (const Error& error) {
    fail_job(error.kind(), error.message());
  }
}

void JobManager::release_events() {
  const auto& coordinator = checkpoints_->coordinator();
  const auto holds_back = [&](const base::AttemptId& attempt, std::int64_t up_to) {
    return coordinator.holds_back(attempt, up_to);
  };
  for (;;) {
    for (auto& event : held_events_.take_events(holds_back)) send_event(std::move(event));
    auto snapshot = held_events_.take_snapshot();
    if (!snapshot) return;
    checkpoints_->coordinators_snapshot(snapshot->checkpoint_id, std::move(snapshot->states));
  }
}

// --- Each learns of the other --------------------------------------------------------------------

void JobManager::checkpoints_changed() { pump(); }

void JobManager::sync_checkpoints() {
  const auto& coordinator = checkpoints_->coordinator();
  if (coordinator.stopped_with()) master_.stopped_with(*coordinator.stopped_with(), instant());
  release_events();
  master_.hold_restarts(coordinator.finalizing(), instant());
  if (coordinator.last_done()) master_.last_checkpoint_done(instant());
  const bool running = master_.all_running();
  checkpoints_->tasks_running(running, "not every task runs: a part of the job is starting again");
  if (!std::exchange(all_tasks_run_, running) && running) listener_.all_tasks_running();
  if (is_terminal(master_.status())) check_closed();
}

}  // namespace flink::jobmanager
