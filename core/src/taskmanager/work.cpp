// SPDX-License-Identifier: Apache-2.0
// What a registered TaskManager does: commands in, reports out, and an eye on tasks that do not
// end.
#include <flink/check.h>
#include <flink/error.h>

#include <algorithm>

#include "config/options.h"
#include "rpc/convert.h"
#include "taskmanager/server.h"

namespace flink::taskmanager {
namespace options = config::options;
namespace {

bool is_terminal(task::TaskState state) {
  return state == task::TaskState::finished || state == task::TaskState::canceled ||
         state == task::TaskState::failed;
}

void write_metrics(const task::TaskMetrics& from, wire::TaskMetrics::Builder to) {
  to.setRecordsIn(from.records_in);
  to.setRecordsOut(from.records_out);
  to.setBytesIn(from.bytes_in);
  to.setBytesOut(from.bytes_out);
  to.setBusyMs(from.busy_ms);
  to.setIdleMs(from.idle_ms);
  to.setBackpressuredMs(from.backpressured_ms);
  auto user = to.initUser(static_cast<unsigned>(from.user.size()));
  for (unsigned i = 0; i < user.size(); ++i) {
    user[i].setKey(rpc::text(from.user[i].first));
    user[i].setValue(from.user[i].second);
  }
}

task::TaskDeployment read_deployment(wire::TaskDeployment::Reader from) {
  task::TaskDeployment out;
  out.id = rpc::read(from.getId());
  out.slot = from.getSlot();
  for (auto vertex : from.getPeers()) {
    task::VertexPeers peers{rpc::read_id<base::VertexId>(vertex.getVertex()), {}};
    for (auto peer : vertex.getSubtasks()) {
      peers.subtasks.push_back({peer.getAttempt(), rpc::text(peer.getTaskManagerId()),
                                rpc::read(peer.getDataAddress())});
    }
    out.peers.push_back(std::move(peers));
  }
  out.checkpoint_directory = rpc::text(from.getCheckpointDirectory());
  if (from.getRestoredCheckpointId() >= 0) {
    out.restored_checkpoint_id = from.getRestoredCheckpointId();
  }
  out.restore = rpc::data(from.getRestore());
  out.finished = from.getFinished();
  return out;
}

void write_metrics(const task::CheckpointMetrics& from, wire::CheckpointMetrics::Builder to) {
  to.setSyncMs(from.sync_ms);
  to.setAsyncMs(from.async_ms);
  to.setStartDelayMs(from.start_delay_ms);
  to.setAlignmentMs(from.alignment_ms);
  to.setBytesProcessed(from.bytes_processed);
  to.setBytesPersisted(from.bytes_persisted);
  to.setCheckpointedBytes(from.checkpointed_bytes);
  to.setStateBytes(from.state_bytes);
  to.setUnaligned(from.unaligned);
}

}  // namespace

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
  f(*taskmanager);
  return kj::READY_NOW;
}

kj::Promise<void> TaskManager::Server::heartbeat(HeartbeatContext context) {
  return with_taskmanager(context, [&](TaskManager& self) {
    self.last_heartbeat_ = self.environment_.clock->now();
    self.write_health(context.getResults().initReport());
  });
}

kj::Promise<void> TaskManager::Server::execute(ExecuteContext context) {
  return with_taskmanager(context, [&](TaskManager& self) {
    const auto call = context.getParams();
    self.on_commands(call.getFirstSequence(), call.getCommands());
  });
}

kj::Promise<void> TaskManager::Server::shutDown(ShutDownContext context) {
  return with_taskmanager(context, [&](TaskManager& self) {
    self.end(TaskManagerEnd::job_ended,
             detail::concat("the job is ", rpc::text(context.getParams().getReason())));
  });
}

// --- Commands ------------------------------------------------------------------------------------

void TaskManager::on_commands(std::uint64_t first, capnp::List<wire::Command>::Reader commands) {
  if (host_ == nullptr) return;
  for (auto command : commands) {
    if (seen_.accept(first++)) on_command(command);
  }
}

void TaskManager::on_command(wire::Command::Reader command) {
  switch (command.which()) {
    case wire::Command::DEPLOY:
      deploy(command.getDeploy());
      return;
    case wire::Command::CANCEL:
      cancel(rpc::read(command.getCancel()));
      return;
    case wire::Command::EVENT: {
      const auto event = command.getEvent();
      environment_.log->debug("event for subtask ", event.getAttempt().getSubtask(), ": ",
                              event.getPayload().size(), " bytes");
      host_->operator_event(rpc::read(event.getAttempt()),
                            rpc::read_id<base::OperatorId>(event.getOperator()),
                            rpc::data(event.getPayload()));
      return;
    }
    case wire::Command::TRIGGER: {
      const auto trigger = command.getTrigger();
      host_->trigger_checkpoint(rpc::read(trigger.getAttempt()),
                                {trigger.getCheckpointId(), trigger.getTimestampMillis(),
                                 trigger.getOptions(), rpc::text(trigger.getDirectory())});
      return;
    }
    case wire::Command::CHECKPOINT_COMPLETE: {
      const auto note = command.getCheckpointComplete();
      host_->notify_checkpoint_complete(rpc::read(note.getAttempt()), note.getCheckpointId());
      return;
    }
    case wire::Command::CHECKPOINT_ABORTED: {
      const auto note = command.getCheckpointAborted();
      host_->notify_checkpoint_aborted(rpc::read(note.getAttempt()), note.getCheckpointId());
      return;
    }
  }
}

void TaskManager::deploy(wire::TaskDeployment::Reader from) {
  auto deployment = read_deployment(from);
  const auto id = deployment.id;
  const int vertex = graph_->vertex_index(id.vertex);
  FLINK_CHECK(vertex >= 0, id.vertex.hex());
  const auto& known = graph_->vertices[static_cast<std::size_t>(vertex)];
  auto& attempt = attempts_[id];
  attempt.name = detail::concat(known.name, " (", id.subtask + 1, "/", known.parallelism,
                                ") - execution #", id.attempt);
  environment_.log->info("deploying ", attempt.name, " into slot ", deployment.slot);
  host_->deploy(std::move(deployment));
}

void TaskManager::cancel(const base::AttemptId& id) {
  const auto found = attempts_.find(id);
  if (found == attempts_.end()) return;  // has ended by itself
  auto& attempt = found->second;
  if (std::exchange(attempt.cancelling, true)) return;
  environment_.log->info("cancelling ", attempt.name);
  const auto now = environment_.clock->now();
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
  const auto now = environment_.clock->now();
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
      environment_.log->warn(attempt.name, " does not react to being cancelled");
      attempt.next_warning = now + interval;
      host_->cancel(id);
    }
    next = std::min(next, attempt.next_warning);
    if (timeout.count() > 0) next = std::min(next, attempt.cancel_since + timeout);
  }
  if (next == base::TimePoint::never()) return;
  cancels_watched_ = true;
  tasks_.add(environment_.loop->timer()
                 .afterDelay(((next - now).count() + 1) * kj::NANOSECONDS)
                 .then([this] {
                   cancels_watched_ = false;
                   watch_cancels();
                 }));
}

// --- Reports -------------------------------------------------------------------------------------

void TaskManager::state_changed(const base::AttemptId& id, task::TaskState state,
                                task::TaskFailure failure) {
  environment_.loop->post(guard_.wrap([this, id, state, failure = std::move(failure)] {
    if (ended_ || host_ == nullptr || !attempts_.contains(id)) return;
    StateReport report{id, state, failure, {}};
    if (state == task::TaskState::failed) {
      environment_.log->error(attempts_[id].name, " failed: ", failure.message);
    }
    if (state == task::TaskState::running) log_restored(id);
    if (is_terminal(state)) {
      report.metrics = host_->metrics(id);
      attempts_.erase(id);
    }
    sender_->push(std::move(report));
  }));
}

void TaskManager::log_restored(const base::AttemptId& id) {
  const auto restored = host_->metrics(id).restored;
  if (restored.local_bytes + restored.remote_bytes == 0) return;
  environment_.log->info(attempts_[id].name, " restored ", restored.local_bytes,
                         " bytes of keyed state from what this process had kept, ",
                         restored.remote_bytes, " from the checkpoint storage");
}

void TaskManager::operator_event(const base::AttemptId& id, const base::OperatorId& op,
                                 std::string event) {
  environment_.loop->post(guard_.wrap([this, id, op, event = std::move(event)]() mutable {
    if (ended_ || host_ == nullptr || !attempts_.contains(id)) return;
    environment_.log->debug("event of subtask ", id.subtask, ": ", event.size(), " bytes");
    sender_->push(EventReport{id, op, std::move(event)});
  }));
}

void TaskManager::checkpoint_acknowledged(const base::AttemptId& id, std::int64_t checkpoint_id,
                                          std::string snapshot, task::CheckpointMetrics metrics) {
  report(id, AckReport{id, checkpoint_id, std::move(snapshot), metrics});
}

void TaskManager::checkpoint_declined(const base::AttemptId& id, std::int64_t checkpoint_id,
                                      std::string reason) {
  environment_.log->warn("checkpoint ", checkpoint_id, " declined by subtask ", id.subtask, ": ",
                         reason);
  report(id, DeclineReport{id, checkpoint_id, std::move(reason)});
}

void TaskManager::report(const base::AttemptId& id, Report report) {
  environment_.loop->post(guard_.wrap([this, id, report = std::move(report)]() mutable {
    if (ended_ || host_ == nullptr || !attempts_.contains(id)) return;
    sender_->push(std::move(report));
  }));
}

kj::Promise<void> TaskManager::call_report(std::uint64_t first, std::span<const Report> reports) {
  auto request = KJ_ASSERT_NONNULL(job_master_).reportRequest();
  request.setEpoch(epoch_);
  request.setFirstSequence(first);
  auto list = request.initReports(static_cast<unsigned>(reports.size()));
  for (unsigned i = 0; i < list.size(); ++i) {
    if (const auto* event = std::get_if<EventReport>(&reports[i])) {
      auto out = list[i].initEvent();
      rpc::write(event->id, out.initAttempt());
      rpc::write(event->op, out.initOperator());
      out.setPayload(rpc::data(event->payload));
      continue;
    }
    if (const auto* ack = std::get_if<AckReport>(&reports[i])) {
      auto out = list[i].initAck();
      rpc::write(ack->id, out.initAttempt());
      out.setCheckpointId(ack->checkpoint_id);
      out.setSnapshot(rpc::data(ack->snapshot));
      write_metrics(ack->metrics, out.initMetrics());
      continue;
    }
    if (const auto* decline = std::get_if<DeclineReport>(&reports[i])) {
      auto out = list[i].initDecline();
      rpc::write(decline->id, out.initAttempt());
      out.setCheckpointId(decline->checkpoint_id);
      out.setReason(rpc::text(decline->reason));
      continue;
    }
    const auto& state = std::get<StateReport>(reports[i]);
    auto out = list[i].initState();
    rpc::write(state.id, out.initId());
    out.setState(static_cast<std::uint8_t>(state.state));
    out.setFailureKind(state.failure.kind);
    out.setOperatorName(rpc::text(state.failure.operator_name));
    out.setMessage(rpc::text(state.failure.message));
    if (is_terminal(state.state)) write_metrics(state.metrics, out.initMetrics());
  }
  return request.send().ignoreResult();
}

void TaskManager::write_health(wire::HeartbeatReport::Builder to) {
  to.setResidentMemory(environment_.resident_memory());
  if (host_ == nullptr) return;
  auto metrics = to.initMetrics(static_cast<unsigned>(attempts_.size()));
  unsigned next = 0;
  for (const auto& [id, attempt] : attempts_) {
    rpc::write(id, metrics[next].initId());
    write_metrics(host_->metrics(id), metrics[next++].initMetrics());
  }
  // Each is told once, when it is first seen stuck.
  auto stuck = host_->stuck_tasks();
  std::vector<std::string> fresh;
  for (const auto& task : stuck) {
    if (std::find(stuck_.begin(), stuck_.end(), task) == stuck_.end()) fresh.push_back(task);
  }
  stuck_ = std::move(stuck);
  auto list = to.initStuckTasks(static_cast<unsigned>(fresh.size()));
  for (unsigned i = 0; i < list.size(); ++i) list.set(i, rpc::text(fresh[i]));
  for (const auto& task : fresh) environment_.log->warn(task);
}

}  // namespace flink::taskmanager
