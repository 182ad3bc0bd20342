// SPDX-License-Identifier: Apache-2.0
#include "jobmanager/taskmanager_session.h"

#include <flink/check.h>

#include "rpc/convert.h"

namespace flink::jobmanager {
namespace {

task::TaskMetrics read_metrics(wire::TaskMetrics::Reader from) {
  task::TaskMetrics out;
  out.records_in = from.getRecordsIn();
  out.records_out = from.getRecordsOut();
  out.bytes_in = from.getBytesIn();
  out.bytes_out = from.getBytesOut();
  out.busy_ms = from.getBusyMs();
  out.idle_ms = from.getIdleMs();
  out.backpressured_ms = from.getBackpressuredMs();
  for (auto entry : from.getUser())
    out.user.emplace_back(rpc::text(entry.getKey()), entry.getValue());
  return out;
}

void write_deployment(const task::TaskDeployment& from, wire::TaskDeployment::Builder to) {
  rpc::write(from.id, to.initId());
  to.setSlot(from.slot);
  auto peers = to.initPeers(static_cast<unsigned>(from.peers.size()));
  for (std::size_t v = 0; v < from.peers.size(); ++v) {
    auto vertex = peers[static_cast<unsigned>(v)];
    rpc::write(from.peers[v].vertex, vertex.initVertex());
    const auto& subtasks = from.peers[v].subtasks;
    auto list = vertex.initSubtasks(static_cast<unsigned>(subtasks.size()));
    for (std::size_t i = 0; i < subtasks.size(); ++i) {
      auto peer = list[static_cast<unsigned>(i)];
      peer.setAttempt(subtasks[i].attempt);
      peer.setTaskManagerId(rpc::text(subtasks[i].taskmanager_id));
      rpc::write(subtasks[i].data_address, peer.initDataAddress());
    }
  }
  to.setCheckpointDirectory(rpc::text(from.checkpoint_directory));
  to.setRestoredCheckpointId(from.restored_checkpoint_id.value_or(-1));
  to.setRestore(rpc::data(from.restore));
  to.setFinished(from.finished);
}

task::CheckpointMetrics read_metrics(wire::CheckpointMetrics::Reader from) {
  task::CheckpointMetrics out;
  out.sync_ms = from.getSyncMs();
  out.async_ms = from.getAsyncMs();
  out.start_delay_ms = from.getStartDelayMs();
  out.alignment_ms = from.getAlignmentMs();
  out.bytes_processed = from.getBytesProcessed();
  out.bytes_persisted = from.getBytesPersisted();
  out.checkpointed_bytes = from.getCheckpointedBytes();
  out.state_bytes = from.getStateBytes();
  out.unaligned = from.getUnaligned();
  return out;
}

void write_note(const CheckpointCommand& from, wire::CheckpointNote::Builder to) {
  rpc::write(from.attempt, to.initAttempt());
  to.setCheckpointId(from.checkpoint_id);
}

void write_command(const TaskManagerCommand& from, wire::Command::Builder to) {
  if (const auto* deployment = std::get_if<task::TaskDeployment>(&from)) {
    write_deployment(*deployment, to.initDeploy());
  } else if (const auto* cancel = std::get_if<CancelCommand>(&from)) {
    rpc::write(cancel->id, to.initCancel());
  } else if (const auto* trigger = std::get_if<TriggerCommand>(&from)) {
    auto out = to.initTrigger();
    rpc::write(trigger->attempt, out.initAttempt());
    out.setCheckpointId(trigger->barrier.checkpoint_id);
    out.setTimestampMillis(trigger->barrier.timestamp_millis);
    out.setOptions(trigger->barrier.options);
    out.setDirectory(rpc::text(trigger->barrier.directory));
  } else if (const auto* note = std::get_if<CheckpointCommand>(&from)) {
    write_note(*note, note->complete ? to.initCheckpointComplete() : to.initCheckpointAborted());
  } else {
    const auto& event = std::get<EventCommand>(from);
    auto out = to.initEvent();
    rpc::write(event.attempt, out.initAttempt());
    rpc::write(event.op, out.initOperator());
    out.setPayload(rpc::data(event.payload));
  }
}

kj::Exception gone() {
  return KJ_EXCEPTION(DISCONNECTED, "the JobManager dropped this connection");
}

}  // namespace

// What a connection starts with: registration only.
class TaskManagerSession::RegistrationServer final : public wire::JobManager::Server {
 public:
  explicit RegistrationServer(std::shared_ptr<Link> link) : link_(std::move(link)) {}
  kj::Promise<void> registerTaskManager(RegisterTaskManagerContext context) override {
    if (link_->session == nullptr) return gone();
    link_->session->on_register(context.getParams(), context.getResults());
    return kj::READY_NOW;
  }

 private:
  std::shared_ptr<Link> link_;
};

class TaskManagerSession::JobMasterServer final : public wire::JobMaster::Server {
 public:
  explicit JobMasterServer(std::shared_ptr<Link> link) : link_(std::move(link)) {}
  kj::Promise<void> offerSlots(OfferSlotsContext context) override {
    return with_session(context, [&](TaskManagerSession& session) {
      const auto refused = session.on_offer(context.getParams().getOffer());
      context.getResults().setRefused(rpc::text(refused));
    });
  }
  kj::Promise<void> report(ReportContext context) override {
    return with_session(context, [&](TaskManagerSession& session) {
      const auto call = context.getParams();
      session.on_reports(call.getFirstSequence(), call.getReports());
    });
  }
  kj::Promise<void> giveUp(GiveUpContext context) override {
    return with_session(context, [&](TaskManagerSession& session) {
      session.handler_.gave_up(session, rpc::text(context.getParams().getReason()));
    });
  }

 private:
  template <class Context, class F>
  kj::Promise<void> with_session(Context& context, F&& f) {
    auto* session = link_->session;
    if (session == nullptr) return gone();
    if (context.getParams().getEpoch() != session->options_.epoch) {
      return KJ_EXCEPTION(FAILED, "message of another JobManager epoch refused");
    }
    f(*session);
    return kj::READY_NOW;
  }

  std::shared_ptr<Link> link_;
};

TaskManagerSession::TaskManagerSession(kj::Own<kj::AsyncIoStream> stream, Options options,
                                       SessionHandler& handler)
    : options_(options),
      handler_(handler),
      monitor_(options.heartbeat, options.clock->now()),
      tasks_(*this) {
  link_->session = this;
  peer_ = rpc::Peer::accept(kj::mv(stream), kj::heap<RegistrationServer>(link_));
  tasks_.add(peer_->on_disconnect().then(
      [this] { end(detail::concat("the connection to TaskManager ", info_.id, " was lost")); }));
  watch();
}

TaskManagerSession::~TaskManagerSession() noexcept { link_->session = nullptr; }

void TaskManagerSession::taskFailed(kj::Exception&& exception) {
  end(detail::concat("the connection to TaskManager ", info_.id,
                     " failed: ", exception.getDescription().cStr()));
}

void TaskManagerSession::end(const std::string& reason) {
  if (std::exchange(ended_, true)) return;
  handler_.lost(*this, reason);
}

// --- Registration --------------------------------------------------------------------------------

void TaskManagerSession::on_register(Registering call, Registered results) {
  if (registered_) {
    results.setRefused("this connection has registered already");
    return;
  }
  const auto from = call.getInfo();
  info_ = {rpc::text(from.getId()),   rpc::text(from.getBuildId()), rpc::text(from.getAbi()),
           rpc::text(from.getHost()), rpc::text(from.getToken()),   from.getCpuCores(),
           from.getPhysicalMemory()};
  if (const auto refused = handler_.registering(*this, info_); !refused.empty()) {
    results.setRefused(rpc::text(refused));
    return;
  }
  registered_ = true;
  monitor_.answered(options_.clock->now());
  remote_ = call.getTaskManager();
  sender_ = std::make_unique<rpc::OrderedSender<TaskManagerCommand>>(
      *options_.timer, options_.call_deadline,
      [this](std::uint64_t first, std::span<const TaskManagerCommand> commands) {
        return call_execute(first, commands);
      },
      [this](const kj::Exception& why) {
        end(detail::concat("TaskManager ", info_.id,
                           " refused a command: ", why.getDescription().cStr()));
      });
  handler_.write_assignment(results.initAssignment());
  results.setJobMaster(kj::heap<JobMasterServer>(link_));
}

std::string TaskManagerSession::on_offer(wire::SlotOffer::Reader from) {
  if (offered_) return {};  // sent again because the answer was late
  const auto memory = from.getMemory();
  offer_ = {from.getGraphFingerprint(),
            rpc::text(from.getGraphDescription()),
            from.getSlots(),
            rpc::read(from.getDataAddress()),
            {memory.getProcess(), memory.getFramework(), memory.getNetwork(), memory.getManaged(),
             memory.getUser()}};
  auto refused = handler_.offering(*this, offer_);
  offered_ = refused.empty();
  return refused;
}

// --- Reports -------------------------------------------------------------------------------------

void TaskManagerSession::on_reports(std::uint64_t first,
                                    capnp::List<wire::Report>::Reader reports) {
  for (auto report : reports) {
    if (seen_.accept(first++)) handle(report);
  }
}

void TaskManagerSession::handle(wire::Report::Reader report) {
  if (ended_) return;
  switch (report.which()) {
    case wire::Report::STATE:
      handle_state(report.getState());
      return;
    case wire::Report::EVENT: {
      const auto event = report.getEvent();
      handler_.operator_event(*this, {rpc::read(event.getAttempt()),
                                      rpc::read_id<base::OperatorId>(event.getOperator()),
                                      rpc::data(event.getPayload())});
      return;
    }
    case wire::Report::ACK: {
      const auto ack = report.getAck();
      handler_.checkpoint_acknowledged(
          *this, {rpc::read(ack.getAttempt()), ack.getCheckpointId(), rpc::data(ack.getSnapshot()),
                  read_metrics(ack.getMetrics())});
      return;
    }
    case wire::Report::DECLINE: {
      const auto decline = report.getDecline();
      handler_.checkpoint_declined(*this, rpc::read(decline.getAttempt()),
                                   decline.getCheckpointId(), rpc::text(decline.getReason()));
      return;
    }
  }
}

void TaskManagerSession::handle_state(wire::TaskStateUpdate::Reader update) {
  const auto state = static_cast<task::TaskState>(update.getState());
  const task::TaskFailure failure{update.getFailureKind(), rpc::text(update.getOperatorName()),
                                  rpc::text(update.getMessage())};
  if (update.hasMetrics()) {
    const auto metrics = read_metrics(update.getMetrics());
    handler_.task_state(*this, rpc::read(update.getId()), state, failure, &metrics);
  } else {
    handler_.task_state(*this, rpc::read(update.getId()), state, failure, nullptr);
  }
}

// --- Commands ------------------------------------------------------------------------------------

void TaskManagerSession::send(TaskManagerCommand command) {
  FLINK_CHECK(sender_ != nullptr);
  sender_->push(std::move(command));
}

kj::Promise<void> TaskManagerSession::call_execute(std::uint64_t first,
                                                   std::span<const TaskManagerCommand> commands) {
  auto request = KJ_ASSERT_NONNULL(remote_).executeRequest();
  request.setEpoch(options_.epoch);
  request.setFirstSequence(first);
  auto list = request.initCommands(static_cast<unsigned>(commands.size()));
  for (std::size_t i = 0; i < commands.size(); ++i) {
    write_command(commands[i], list[static_cast<unsigned>(i)]);
  }
  return request.send().ignoreResult();
}

void TaskManagerSession::shut_down(const std::string& reason) {
  KJ_IF_MAYBE (remote, remote_) {
    auto request = remote->shutDownRequest();
    request.setEpoch(options_.epoch);
    request.setReason(rpc::text(reason));
    // It may end before it answers: the end of the connection says enough.
    tasks_.add(options_.timer->timeoutAfter(options_.call_deadline, request.send().ignoreResult())
                   .catch_([](kj::Exception&&) {}));
  }
}

// --- Heartbeats ----------------------------------------------------------------------------------

// Waits for what the monitor expects next; to be called again when it has heard something.
void TaskManagerSession::watch() {
  watching_ = watch_loop().eagerlyEvaluate([this](kj::Exception&& e) { taskFailed(kj::mv(e)); });
}

kj::Promise<void> TaskManagerSession::watch_loop() {
  const auto delay = std::max(base::Duration{0}, monitor_.next() - options_.clock->now());
  return options_.timer->afterDelay((delay.count() + 1) * kj::NANOSECONDS)
      .then([this]() -> kj::Promise<void> {
        switch (monitor_.tick(options_.clock->now())) {
          case rpc::HeartbeatMonitor::Verdict::wait:
            break;
          case rpc::HeartbeatMonitor::Verdict::send:
            beat();
            break;
          case rpc::HeartbeatMonitor::Verdict::timed_out:
            end(registered_ ? detail::concat("no heartbeat of TaskManager ", info_.id, " within ",
                                             config::format_duration(options_.heartbeat.timeout),
                                             " (heartbeat.timeout)")
                            : "a connection did not register in time");
            return kj::READY_NOW;
          case rpc::HeartbeatMonitor::Verdict::unreachable:
            end(detail::concat("TaskManager ", info_.id, " cannot be reached"));
            return kj::READY_NOW;
        }
        return ended_ ? kj::Promise<void>{kj::READY_NOW} : watch_loop();
      });
}

void TaskManagerSession::beat() {
  KJ_IF_MAYBE (remote, remote_) {
    auto request = remote->heartbeatRequest();
    request.setEpoch(options_.epoch);
    const auto deadline = options_.heartbeat.timeout.count() * kj::NANOSECONDS;
    tasks_.add(options_.timer->timeoutAfter(deadline, request.send())
                   .then(
                       [this](auto&& response) {
                         monitor_.answered(options_.clock->now());
                         const auto report = response.getReport();
                         TaskManagerHealth health;
                         health.resident_memory = report.getResidentMemory();
                         for (auto entry : report.getMetrics()) {
                           health.metrics.emplace_back(rpc::read(entry.getId()),
                                                       read_metrics(entry.getMetrics()));
                         }
                         for (auto name : report.getStuckTasks()) {
                           health.stuck_tasks.push_back(rpc::text(name));
                         }
                         if (ended_) return;
                         watch();
                         handler_.health(*this, std::move(health));
                       },
                       [this](kj::Exception&&) {
                         monitor_.failed();
                         if (!ended_) watch();
                       }));
  } else {
    monitor_.skipped();
  }
}

}  // namespace flink::jobmanager
