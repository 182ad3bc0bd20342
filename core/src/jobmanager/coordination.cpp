// SPDX-License-Identifier: Apache-2.0
#include "jobmanager/coordination.h"

#include <utility>

#include "jobmanager/checkpoint_service.h"
#include "jobmanager/task_routing.h"

namespace flink::jobmanager {

Coordination::Coordination(const JobContext& context, CheckpointService& checkpoints,
                           TaskRouting& tasks)
    : context_(context),
      checkpoints_(checkpoints),
      tasks_(tasks),
      host_(context.submission.graph,
            CoordinatorEnvironment{
                context.process.effects, context.job_id, context.submission.configuration, this,
                checkpoints.files().fence(), checkpoints.files().newest_savepoint()}) {}

void Coordination::start(const checkpoint::RestorePoint* from) {
  if (from == nullptr) return host_.start(no_checkpoint, {});
  host_.start(from->checkpoint_id, from->coordinators);
  for (const auto& event : from->events) {
    host_.operator_event({event.vertex, event.subtask, 0}, event.op, event.bytes);
  }
}

void Coordination::post(std::function<void()> function) {
  context_.process.loop.post(guard_.wrap([this, function = std::move(function)] {
    function();
    context_.pump();
  }));
}

// --- What they answer (any thread) ---------------------------------------------------------------

void Coordination::coordinators_started() {
  post([this] { context_.master.coordinators_started(context_.now()); });
}

void Coordination::coordinator_failed(ErrorKind kind, std::string message, bool committing) {
  post([this, kind, message = std::move(message), committing] {
    auto& master = context_.master;
    // After another call than the commit has failed, they would not carry out a commit again.
    if (!committing && master.committing()) master.commit_failed(kind, message, context_.now());
    else master.coordinator_failed(kind, message, committing, context_.now());
  });
}

void Coordination::coordinator_passed(std::int64_t checkpoint_id, base::OperatorId op) {
  post([this, checkpoint_id, op] { held_events_.passed(op, checkpoint_id); });
}

void Coordination::coordinators_snapshot(std::int64_t checkpoint_id,
                                         std::map<base::OperatorId, std::string> states) {
  // Shared: posted functions are copied.
  auto snapshot = std::make_shared<HeldEvents::Snapshot>();
  *snapshot = {checkpoint_id, std::move(states)};
  post([this, snapshot] { held_events_.add(std::move(*snapshot)); });
}

void Coordination::coordinators_committed() {
  post([this] { context_.master.committed(context_.now()); });
}

void Coordination::coordinators_aborted(bool uncommitted) {
  post([this, uncommitted] {
    context_.master.aborted(context_.now(),
                            uncommitted ? checkpoints_.keep_uncommitted() : std::string{});
  });
}

void Coordination::coordinator_warned(const std::string& text) {
  post([this, text] {
    context_.log().warn(text);
    context_.tell(text);
  });
}

void Coordination::coordinators_fenced(const std::string& message) {
  post([this, message] { context_.suspend(message); });
}

void Coordination::event_to_subtask(base::AttemptId attempt, base::OperatorId op, std::string event,
                                    bool ordered) {
  auto message = std::make_shared<protocol::OperatorEvent>();
  *message = {attempt, op, std::move(event)};
  context_.process.loop.post(
      guard_.wrap([this, message, ordered] { send(std::move(*message), ordered); }));
}

// --- Events --------------------------------------------------------------------------------------

void Coordination::send(protocol::OperatorEvent event, bool ordered) {
  auto& executions = context_.master.executions();
  auto* subtask = executions.find_current(event.attempt);
  if (subtask == nullptr || is_terminal(subtask->current.state)) return;
  context_.log().debug("event to ", executions.task_name(*subtask), " #", event.attempt.attempt,
                       ": ", event.payload.size(), " bytes");
  if (!ordered) return tasks_.send_event(std::move(event));
  held_events_.add(std::move(event));
  if (release_events()) context_.pump();
}

bool Coordination::release_events() {
  const auto& coordinator = checkpoints_.coordinator();
  const auto holds_back = [&](const base::AttemptId& attempt, std::int64_t up_to) {
    return coordinator.holds_back(attempt, up_to);
  };
  bool decided = false;
  for (;; decided = true) {
    for (auto& event : held_events_.take_events(holds_back)) tasks_.send_event(std::move(event));
    auto snapshot = held_events_.take_snapshot();
    if (!snapshot) return decided;
    checkpoints_.coordinators_snapshot(snapshot->checkpoint_id, std::move(snapshot->states));
  }
}

}  // namespace flink::jobmanager
