// SPDX-License-Identifier: Apache-2.0
// What a registered TaskManager does: commands in, reports out, and an eye on tasks that do not
// end.
#include <flink/base/check.h>
#include <flink/error.h>

#include <algorithm>

#include "config/options.h"
#include "rpc/convert.h"
#include "taskmanager/server.h"

namespace flink::taskmanager {
namespace options = config::options;

// --- The interface -------------------------------------------------------------------------------

template <class Context, class F>
kj::Promise<void> TaskManager::Server::with_taskmanager(Context& context, F&& f) {
  auto* taskmanager = link_->taskmanager;
  if (taskmanager == nullptr || taskmanager->ended_ || taskmanager->generation_ != generation_) {
    return KJ_EXCEPTION(DISCONNECTED, "the TaskManager has ended this registration");
  }
  if (context.getParams().getEpoch() != taskmanager->epoch_) {
    return KJ_EXCEPTION(FAILED, "message of another JobManager epoch refused");
  }
  return f(*taskmanager);
}

kj::Promise<void> TaskManager::Server::heartbeat(HeartbeatContext context) {
  return with_taskmanager(context, [&](TaskManager& self) -> kj::Promise<void> {
    self.last_heartbeat_ = self.process_.effects.clock.now();
    context.getResults().setHealth(rpc::data(protocol::encode(self.health())));
    return kj::READY_NOW;
  });
}

// The first one may overtake the answer to the registration.
kj::Promise<void> TaskManager::Server::deliver(DeliverContext context) {
  auto* taskmanager = link_->taskmanager;
  if (taskmanager == nullptr) return take(context);
  KJ_IF_MAYBE (registration, taskmanager->registration_) {
    return registration->addBranch().then([this, context]() mutable { return take(context); });
  }
  return take(context);
}

kj::Promise<void> TaskManager::Server::take(DeliverContext context) {
  return with_taskmanager(context, [&](TaskManager& self) -> kj::Promise<void> {
    try {
      self.deliver(context.getParams());
    } catch (const Error& error) {
      return KJ_EXCEPTION(FAILED, error.message().c_str());
    }
    return kj::READY_NOW;
  });
}

kj::Promise<void> TaskManager::Server::shutDown(ShutDownContext context) {
  return with_taskmanager(context, [&](TaskManager& self) -> kj::Promise<void> {
    self.end(TaskManagerEnd::job_ended,
             detail::concat("the job is ", rpc::text(context.getParams().getReason())));
    return kj::READY_NOW;
  });
}

// --- Commands ------------------------------------------------------------------------------------

void TaskManager::deliver(wire::TaskManager::DeliverParams::Reader call) {
  rpc::read_chunks(call, *receiver_, [this](const std::string& message) {
    if (!ended_) on_command(protocol::decode_command(message));
  });
}

void TaskManager::on_command(protocol::Command command) {
  struct Visitor {
    TaskManager& self;
    void operator()(const protocol::JobAssignment& assignment) { self.accept(assignment); }
    void operator()(const protocol::Refusal& refusal) {
      self.end(TaskManagerEnd::refused, refusal.reason);
    }
    void operator()(protocol::TaskDeployment& deployment) { self.deploy(std::move(deployment)); }
    void operator()(const protocol::CancelTask& cancel) { self.cancel(cancel.id); }
    void operator()(const protocol::ReleasePartition& release) {
      self.host_->release_partition(release.id);
    }
    void operator()(protocol::OperatorEvent& event) {
      self.process_.log.debug("event for subtask ", event.attempt.subtask, ": ",
                              event.payload.size(), " bytes");
      self.host_->operator_event(event.attempt, event.op, std::move(event.payload));
    }
    void operator()(protocol::TriggerCheckpoint& trigger) {
      self.host_->trigger_checkpoint(trigger.attempt, std::move(trigger.barrier));
    }
    void operator()(const protocol::CheckpointComplete& note) {
      self.host_->notify_checkpoint_complete(note.attempt, note.checkpoint_id);
    }
    void operator()(const protocol::CheckpointAborted& note) {
      self.host_->notify_checkpoint_aborted(note.attempt, note.checkpoint_id);
    }
  };
  const bool first = std::holds_alternative<protocol::JobAssignment>(command) ||
                     std::holds_alternative<protocol::Refusal>(command);
  if (host_ == nullptr && !first) {
    throw Error{ErrorKind::internal, "a command came before the TaskManager offered its slots"};
  }
  std::visit(Visitor{*this}, command);
}

void TaskManager::deploy(protocol::TaskDeployment deployment) {
  const auto id = deployment.id;
  const int vertex = graph_->vertex_index(id.vertex);
  FLINK_CHECK(vertex >= 0, id.vertex.hex());
  const auto& known = graph_->vertices[static_cast<std::size_t>(vertex)];
  auto& attempt = attempts_[id];
  attempt.name = detail::concat(known.name, " (", id.subtask + 1, "/", known.parallelism,
                                ") - execution #", id.attempt);
  process_.log.info("deploying ", attempt.name, " into slot ", deployment.slot);
  host_->deploy(std::move(deployment));
}

void TaskManager::cancel(const base::AttemptId& id) {
  const auto found = attempts_.find(id);
  if (found == attempts_.end()) return;  // has ended by itself
  auto& attempt = found->second;
  if (std::exchange(attempt.cancelling, true)) return;
  process_.log.info("cancelling ", attempt.name);
  const auto now = process_.effects.clock.now();
  attempt.cancel_since = now;
  attempt.next_warning = now + configuration_.get(options::cancellation_interval);
  host_->cancel(id);
  watch_cancels();
}

// A task that does not end after task.cancellation.timeout takes the process with it: nothing else
// can stop a user function that never returns.
void TaskManager::watch_cancels() {
  if (cancels_watched_ || ended_) return;
  const auto timeout = configuration_.get(options::cancellation_timeout);
  const auto interval = configuration_.get(options::cancellation_interval);
  const auto now = process_.effects.clock.now();
  auto next = base::TimePoint::never();
  for (auto& [id, attempt] : attempts_) {
    if (!attempt.cancelling) continue;
    if (timeout.count() > 0 && now - attempt.cancel_since >= timeout) {
      end(TaskManagerEnd::task_stuck,
          detail::concat(attempt.name, " did not end within ", config::format_duration(timeout),
                         " after it was cancelled (task.cancellation.timeout): the process ends"));
      return;
    }
    if (now >= attempt.next_warning) {
      process_.log.warn(attempt.name, " does not react to being cancelled");
      attempt.next_warning = now + interval;
      host_->cancel(id);
    }
    next = std::min(next, attempt.next_warning);
    if (timeout.count() > 0) next = std::min(next, attempt.cancel_since + timeout);
  }
  if (next == base::TimePoint::never()) return;
  cancels_watched_ = true;
  tasks_.add(
      process_.loop.timer().afterDelay(((next - now).count() + 1) * kj::NANOSECONDS).then([this] {
        cancels_watched_ = false;
        watch_cancels();
      }));
}

// --- Reports -------------------------------------------------------------------------------------

void TaskManager::state_changed(const base::AttemptId& id, task::TaskState state,
                                task::TaskFailure failure) {
  process_.loop.post(guard_.wrap([this, id, state, failure = std::move(failure)] {
    if (ended_ || host_ == nullptr || !attempts_.contains(id)) return;
    protocol::TaskStateUpdate update{id, state, failure, {}};
    if (state == task::TaskState::failed) {
      process_.log.error(attempts_[id].name, " failed: ", failure.message);
    }
    if (state == task::TaskState::running) log_restored(id);
    if (is_terminal(state)) {
      update.metrics = host_->metrics(id);
      attempts_.erase(id);
    }
    report(update);
  }));
}

void TaskManager::log_restored(const base::AttemptId& id) {
  const auto restored = host_->metrics(id).restored;
  if (restored.local_bytes + restored.remote_bytes == 0) return;
  process_.log.info(attempts_[id].name, " restored ", restored.local_bytes,
                    " bytes of keyed state from what this process had kept, ",
                    restored.remote_bytes, " from the checkpoint storage");
}

void TaskManager::operator_event(const base::AttemptId& id, const base::OperatorId& op,
                                 std::string event) {
  process_.log.debug("event of subtask ", id.subtask, ": ", event.size(), " bytes");
  report_later(id, protocol::OperatorEvent{id, op, std::move(event)});
}

void TaskManager::checkpoint_acknowledged(protocol::CheckpointAck ack) {
  const auto id = ack.attempt;
  report_later(id, std::move(ack));
}

void TaskManager::checkpoint_declined(protocol::CheckpointDecline decline) {
  process_.log.warn("checkpoint ", decline.checkpoint_id, " declined by subtask ",
                    decline.attempt.subtask, ": ", decline.reason);
  const auto id = decline.attempt;
  report_later(id, std::move(decline));
}

void TaskManager::report_later(const base::AttemptId& id, protocol::Report message) {
  process_.loop.post(guard_.wrap([this, id, message = std::move(message)] {
    if (ended_ || host_ == nullptr || !attempts_.contains(id)) return;
    report(message);
  }));
}

// One that cannot be sent is told in its place, so that nobody waits for it for ever.
void TaskManager::report(const protocol::Report& message) {
  auto bytes = protocol::encode(message);
  const std::string name{protocol::report_name(bytes)};
  const auto refused = sender_->push(std::move(bytes));
  if (!refused) return;
  const auto why = detail::concat("the report '", name, "' cannot be sent: ", *refused);
  process_.log.error(why);
  if (const auto* ack = std::get_if<protocol::CheckpointAck>(&message)) {
    report(protocol::CheckpointDecline{ack->attempt, ack->checkpoint_id, why});
  } else {
    end(TaskManagerEnd::refused, why);
  }
}

protocol::TaskManagerHealth TaskManager::health() {
  protocol::TaskManagerHealth out;
  out.resident_memory = options_.resident_memory();
  if (host_ == nullptr) return out;
  for (const auto& [id, attempt] : attempts_) out.metrics.emplace_back(id, host_->metrics(id));
  // Each is told once, when it is first seen stuck.
  auto stuck = host_->stuck_tasks();
  for (const auto& task : stuck) {
    if (std::find(stuck_.begin(), stuck_.end(), task) != stuck_.end()) continue;
    process_.log.warn(task);
    out.stuck_tasks.push_back(task);
  }
  stuck_ = std::move(stuck);
  return out;
}

}  // namespace flink::taskmanager
