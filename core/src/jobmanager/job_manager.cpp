// SPDX-License-Identifier: Apache-2.0
#include "jobmanager/job_manager.h"

#include <flink/base/check.h>
#include <flink/error.h>

#include <algorithm>
#include <utility>

#include "base/address.h"
#include "config/options.h"

namespace flink::jobmanager {
namespace {

namespace options = config::options;

constexpr base::Duration heartbeat_interval_max =
    std::chrono::seconds(1);                       // REST's numbers ride on them
constexpr auto answer_patience = 2 * kj::SECONDS;  // for a client to ask how a stop went
constexpr auto exit_patience = 5 * kj::SECONDS;    // from the job's end to kill -9

JobMasterOptions master_options(const config::Configuration& configuration,
                                const ResourceManagerDriver& driver,
                                CheckpointService& checkpoints) {
  JobMasterOptions out;
  out.checkpoint_directory = checkpoints.job_directory();
  out.last_checkpoint =
      checkpoints.enabled() && checkpoints.coordinator().settings().after_tasks_finish;
  out.restores = &checkpoints;
  out.restart = config::restart_strategy(configuration);
  out.full_failover = configuration.get(options::failover_strategy) == "full";
  out.slot_request_timeout = configuration.get(options::slot_request_timeout);
  out.slots_max = driver.slots_max();
  out.failures_remembered =
      static_cast<std::size_t>(std::max(1, configuration.get(options::exception_history_size)));
  return out;
}

}  // namespace

JobManager::JobManager(const rpc::ProcessEnvironment& process, ResourceManagerDriver& driver,
                       JobSubmission submission, JobListener& listener)
    : process_(process),
      driver_(driver),
      submission_(std::move(submission)),
      listener_(listener),
      job_id_(submission_.job_id ? *submission_.job_id
                                 : base::JobId::random(process_.effects.random)),
      // Where nobody recovers the job; grows with time and differs between JobManagers of the same
      // millisecond.
      epoch_((static_cast<std::uint64_t>(process_.effects.clock.wall_millis()) << 16) |
             process_.effects.random.below(1u << 16)),
      checkpoints_(std::make_unique<CheckpointService>(
          CheckpointEnvironment{
              process_.effects, process_.log, !submission_.job_id.has_value(),
              [loop = &process_.loop, token = guard_.token()](std::function<void()> function) {
                loop->post(rpc::Guard::wrap(token, std::move(function)));
              }},
          submission_.graph, submission_.configuration, job_id_, submission_.recover,
          static_cast<checkpoint::TaskTable&>(*this), static_cast<CheckpointHost&>(*this))),
      master_(submission_.graph, master_options(submission_.configuration, driver_, *checkpoints_),
              process_.effects.random, instant()),
      fleet_(driver_),
      tasks_(*this) {
  coordinators_ = std::make_unique<CoordinatorHost>(
      submission_.graph,
      CoordinatorEnvironment{process_.effects, job_id_, submission_.configuration, this,
                             checkpoints_->fence(), checkpoints_->newest_savepoint()});
}

JobManager::~JobManager() noexcept {
  coordinators_.reset();
  sessions_.clear();
}

void JobManager::post(std::function<void()> function) {
  process_.loop.post(guard_.wrap(std::move(function)));
}

void JobManager::taskFailed(kj::Exception&& exception) {
  process_.log.error("control plane: ", std::string_view{exception.getDescription().cStr()});
}

void JobManager::start(const base::Address& bind) {
  receiver_ = process_.network.listen(bind);
  rpc_port_ = static_cast<std::uint16_t>(receiver_->getPort());
  driver_.attach({bind.host, rpc_port_}, *this);
  process_.log.info("job ", submission_.graph->job_name, " (", job_id_.hex(), "), RPC at ",
                    base::address_text(bind.host, rpc_port_), ", driver ", driver_.name());
  fleet_.fill();
  checkpoints_->open();
}

void JobManager::cancel() {
  process_.log.info("cancel requested");
  master_.cancel(instant());
  pump();
}

void JobManager::suspend(const std::string& why) {
  process_.log.info("suspended: ", why);
  master_.suspend(ErrorKind::resource, why, instant());
  pump();
}

void JobManager::fail_job(ErrorKind kind, const std::string& message) {
  master_.fail(kind, message, instant());
  pump();
}

// --- Connections ---------------------------------------------------------------------------------

kj::Promise<void> JobManager::accept_loop() {
  return receiver_->accept().then(
      [this](kj::Own<kj::AsyncIoStream> stream) {
        accepted(kj::mv(stream));
        return accept_loop();
      },
      [this](kj::Exception&& exception) -> kj::Promise<void> {
        process_.log.warn("accepting a connection failed: ",
                          std::string_view{exception.getDescription().cStr()});
        return process_.loop.timer().afterDelay(100 * kj::MILLISECONDS).then([this] {
          return accept_loop();
        });
      });
}

void JobManager::accepted(kj::Own<kj::AsyncIoStream> stream) {
  const auto& configuration = submission_.configuration;
  TaskManagerSession::Options session;
  session.timer = &process_.loop.timer();
  session.clock = &process_.effects.clock;
  // Some must come within the timeout, whatever the default interval.
  const base::Duration heartbeat_timeout = configuration.get(options::heartbeat_timeout);
  session.heartbeat = {std::min<base::Duration>({configuration.get(options::heartbeat_interval),
                                                 heartbeat_interval_max, heartbeat_timeout / 3}),
                       heartbeat_timeout, configuration.get(options::heartbeat_failure_threshold)};
  session.epoch = epoch_;
  SessionHandler& handler = *this;
  sessions_.push_back(std::make_unique<TaskManagerSession>(kj::mv(stream), session, handler));
}

// Destroys a session once its callback has returned.
void JobManager::retire(TaskManagerSession& session) {
  const auto found = std::find_if(sessions_.begin(), sessions_.end(),
                                  [&](const auto& s) { return s.get() == &session; });
  if (found == sessions_.end()) return;
  auto old = kj::heap<std::unique_ptr<TaskManagerSession>>(std::move(*found));
  sessions_.erase(found);
  tasks_.add(kj::evalLast([old = kj::mv(old)]() mutable { old = nullptr; }));
}

TaskManagerSession* JobManager::session_of(const std::string& taskmanager) {
  for (const auto& session : sessions_) {
    if (session->registered() && session->info().id == taskmanager) return session.get();
  }
  return nullptr;
}

std::string JobManager::registering(TaskManagerSession&, const protocol::TaskManagerInfo& info) {
  if (info.build_id != submission_.build_id || info.abi != submission_.abi) {
    const std::string message =
        detail::concat("TaskManager ", info.id, " runs another build of this job (", info.build_id,
                       " ", info.abi, ", the JobManager is ", submission_.build_id, " ",
                       submission_.abi, "): start both from the same executable");
    process_.log.error(message);
    if (fleet_.knows(info.token)) fail_job(ErrorKind::user, message);
    return message;
  }
  if (is_terminal(master_.status())) return "the job has ended";
  if (!info.token.empty() && !fleet_.registered(info.token, info.id)) {
    return "it was started by this JobManager and given up";
  }
  if (session_of(info.id) != nullptr) {
    return detail::concat("a TaskManager with the id ", info.id, " is registered already");
  }
  process_.log.info("TaskManager ", info.id, " registered");
  return {};
}

protocol::JobAssignment JobManager::assignment() const {
  return {job_id_, submission_.arguments, submission_.configuration.to_list(), submission_.files};
}

std::string JobManager::offering(TaskManagerSession& session, const protocol::SlotOffer& offer) {
  const auto& id = session.info().id;
  if (offer.graph_fingerprint != submission_.graph->fingerprint) {
    const std::string message = detail::concat(
        "define_job built a different graph on TaskManager ", id,
        ": it must depend on nothing but its arguments and env.read_file() (no time, random "
        "numbers, environment or files of its own). Here:\n",
        submission_.graph_description, "\nThere:\n", offer.graph_description);
    process_.log.error(message);
    fail_job(ErrorKind::user, message);
    return message;
  }
  fleet_.ready(session.info().token);
  process_.log.info("TaskManager ", id, " offers ", offer.slots, " slots, data at ",
                    base::address_text(offer.data_address));
  // The answer leaves before the first command.
  post([this, id, slots = offer.slots, address = offer.data_address] {
    if (session_of(id) == nullptr) return;
    master_.taskmanager_joined(id, slots, address, instant());
    pump();
  });
  return {};
}

void JobManager::gave_up(TaskManagerSession& session, const std::string& reason) {
  const std::string message =
      detail::concat("TaskManager ", session.info().id, " cannot run the job: ", reason);
  process_.log.error(message);
  send(session, protocol::Refusal{reason});
  fail_job(ErrorKind::user, message);
}

// --- Losses --------------------------------------------------------------------------------------

void JobManager::lost(TaskManagerSession& session, Loss loss, const std::string& reason) {
  const auto info = session.info();
  const bool was_registered = session.registered();
  retire(session);
  if (!was_registered) return;
  health_.erase(info.id);
  if (is_terminal(master_.status())) {
    check_closed();
    return;
  }
  process_.log.warn(reason);
  if (fleet_.knows(info.token)) {
    // Its process must be gone before anything of it starts again: hung ones come back.
    lost_[info.token] = {loss, reason};
    fleet_.kill(info.token);
    return;
  }
  master_.taskmanager_lost(info.id, reason, {}, instant());
  pump();
}

void JobManager::taskmanager_exited(const std::string& token, const ProcessEnd& end) {
  const auto exit = fleet_.exited(token, end);
  if (!exit) return;
  const auto found = lost_.find(token);
  // A broken connection is explained by how the process ended; any other loss was its end's cause.
  const bool explained = found != lost_.end() && found->second.loss != Loss::connection;
  const std::string reason =
      explained ? found->second.reason
      : exit->taskmanager.empty()
          ? detail::concat("a TaskManager process ", exit->how)
          : detail::concat("TaskManager ", exit->taskmanager, " ", exit->how);
  if (found != lost_.end()) lost_.erase(found);
  if (is_terminal(master_.status())) {
    check_closed();
    return;
  }
  process_.log.warn(reason);
  if (!exit->taskmanager.empty()) {
    if (auto* session = session_of(exit->taskmanager)) retire(*session);
    health_.erase(exit->taskmanager);
    master_.taskmanager_lost(exit->taskmanager, reason, exit->hint, instant());
  }
  fill_fleet();
  pump();
}

void JobManager::fill_fleet() {
  if (const auto reason = fleet_.give_up_reason(); !reason.empty()) {
    fleet_.stop();
    master_.fail(ErrorKind::resource, reason, instant());
    return;
  }
  if (master_.status() == JobStatus::failing || master_.status() == JobStatus::cancelling) return;
  try {
    fleet_.fill();
  } catch (const Error& error) {
    master_.fail(error.kind(), error.message(), instant());
  }
}

// --- Reports -------------------------------------------------------------------------------------

void JobManager::task_state(TaskManagerSession& session, const protocol::TaskStateUpdate& update) {
  if (auto* subtask = master_.executions().find_current(update.id)) {
    process_.log.info(master_.executions().task_name(*subtask), " - execution #", update.id.attempt,
                      " is ", protocol::task_state_name(update.state), " on ", session.info().id);
    if (update.metrics) {
      subtask->current.metrics = *update.metrics;
      subtask->current.metrics_known = true;
    }
  }
  master_.task_state(session.info().id, update, instant());
  if (update.state == protocol::TaskState::finished) checkpoints_->task_finished(update.id);
  pump();
}

void JobManager::operator_event(TaskManagerSession&, protocol::OperatorEvent event) {
  auto* subtask = master_.executions().find_current(event.attempt);
  if (subtask == nullptr) return;
  process_.log.debug("event of ", master_.executions().task_name(*subtask), " #",
                     event.attempt.attempt, ": ", event.payload.size(), " bytes");
  coordinators_->operator_event(event.attempt, event.op, std::move(event.payload));
}

void JobManager::health(TaskManagerSession& session, protocol::TaskManagerHealth health) {
  for (auto& [id, metrics] : health.metrics) {
    auto* subtask = master_.executions().find_current(id);
    if (subtask == nullptr || is_terminal(subtask->current.state)) continue;
    subtask->current.metrics = std::move(metrics);
    subtask->current.metrics_known = true;
  }
  for (const auto& task : health.stuck_tasks) {
    process_.log.warn("TaskManager ", session.info().id, ": ", task);
  }
  health.metrics.clear();
  health_[session.info().id] = std::move(health);
}

// --- Coordinators (another thread) ---------------------------------------------------------------

void JobManager::coordinators_started() {
  post([this] {
    master_.coordinators_started(instant());
    pump();
  });
}

void JobManager::coordinator_failed(ErrorKind kind, std::string message, bool committing) {
  post([this, kind, message = std::move(message), committing] {
    // After another call than the commit has failed, they would not carry out a commit again.
    if (!committing && master_.committing()) master_.commit_failed(kind, message, instant());
    else master_.coordinator_failed(kind, message, committing, instant());
    pump();
  });
}

void JobManager::coordinators_committed() {
  post([this] {
    master_.committed(instant());
    pump();
  });
}

void JobManager::coordinators_aborted(bool uncommitted) {
  post([this, uncommitted] {
    master_.aborted(instant(), uncommitted ? checkpoints_->keep_uncommitted() : std::string{});
    pump();
  });
}

void JobManager::coordinator_warned(const std::string& text) {
  post([this, text] { process_.log.warn(text); });
}

void JobManager::coordinators_fenced(const std::string& message) {
  post([this, message] { suspend(message); });
}

void JobManager::event_to_subtask(base::AttemptId attempt, base::OperatorId op, std::string event,
                                  bool ordered) {
  post([this, attempt, op, event = std::move(event), ordered]() mutable {
    auto* subtask = master_.executions().find_current(attempt);
    if (subtask == nullptr || is_terminal(subtask->current.state)) return;
    process_.log.debug("event to ", master_.executions().task_name(*subtask), " #", attempt.attempt,
                       ": ", event.size(), " bytes");
    protocol::OperatorEvent message{attempt, op, std::move(event)};
    if (!ordered) return send_event(std::move(message));
    held_events_.add(std::move(message));
    release_events();
  });
}

// --- Actions -------------------------------------------------------------------------------------

void JobManager::pump() {
  if (pumping_) return;
  pumping_ = true;
  auto actions = master_.take_actions();
  do {
    tell_failures();
    for (auto& action : actions) carry_out(action);
    sync_checkpoints();
    actions = master_.take_actions();
  } while (!actions.empty());
  tell_failures();
  pumping_ = false;
  arm_timer();
}

void JobManager::carry_out(Action& action) {
  struct Visitor {
    JobManager& self;
    void operator()(action::StartCoordinators&) {
      const auto from = self.checkpoints_->restore_point();
      if (from == nullptr) self.coordinators_->start(no_checkpoint, {});
      else self.coordinators_->start(from->checkpoint_id, from->coordinators);
      if (from == nullptr) return;
      for (const auto& event : from->events) {
        self.coordinators_->operator_event({event.vertex, event.subtask, 0}, event.op, event.bytes);
      }
    }
    void operator()(action::Deploy& deploy) {
      if (auto* session = self.session_of(deploy.taskmanager)) {
        self.send(*session, deploy.deployment);
      }
    }
    void operator()(action::CancelTask& cancel) {
      if (auto* session = self.session_of(cancel.taskmanager)) {
        self.send(*session, protocol::CancelTask{cancel.id});
      }
    }
    void operator()(action::SubtaskReady& ready) { self.coordinators_->subtask_ready(ready.id); }
    void operator()(action::SubtaskReset& reset) {
      self.coordinators_->subtask_reset(reset.id, reset.checkpoint_id);
    }
    void operator()(action::LastCheckpoint&) { self.checkpoints_->request_last(); }
    void operator()(action::Commit&) { self.coordinators_->commit(); }
    void operator()(action::EndRetries&) {
      self.process_.log.info(
          "the results are being committed: the job is cancelled only if that fails, and what "
          "fails is not tried again");
      self.coordinators_->end_retries();
    }
    void operator()(action::Abort&) { self.coordinators_->abort(); }
    void operator()(action::StatusChanged& changed) { self.status_changed(changed.status); }
  };
  std::visit(Visitor{*this}, action);
}

void JobManager::tell_failures() {
  const auto& failures = master_.failures();
  // The list drops its oldest when it is full: count what was ever recorded.
  const std::size_t recorded = master_.failures_recorded();
  const std::size_t fresh = std::min(recorded - failures_told_, failures.size());
  failures_told_ = recorded;
  for (std::size_t i = failures.size() - fresh; i < failures.size(); ++i) {
    const auto& failure = failures[i];
    process_.log.error(failure.task.empty() ? std::string{"job"} : failure.task,
                       failure.taskmanager.empty() ? "" : " on ", failure.taskmanager, ": ",
                       failure.message);
    listener_.failure(failure);
  }
}

void JobManager::status_changed(JobStatus status) {
  if (status == JobStatus::restarting) checkpoints_->check_fence();
  process_.log.info("job ", submission_.graph->job_name, " is ", job_status_name(status));
  listener_.status_changed(status);
  if (!is_terminal(status)) return;
  const auto* failure = root_failure();
  checkpoints_->job_ended(status, failure == nullptr ? std::string{} : failure->message);
  fleet_.stop();
  for (const auto& session : sessions_) session->shut_down(job_status_name(status));
  tasks_.add(process_.loop.timer().afterDelay(exit_patience).then([this] { fleet_.kill_all(); }));
  check_closed();
}

void JobManager::check_closed() {
  if (closed_ || !is_terminal(master_.status()) || !checkpoints_->idle()) return;
  const bool any_session = std::any_of(sessions_.begin(), sessions_.end(),
                                       [](const auto& s) { return s->registered(); });
  if (any_session || !fleet_.empty()) {
    if (fleet_.empty()) return;
    // Processes that had not registered yet know nothing of a shut-down.
    for (const auto& token : fleet_.unregistered()) fleet_.kill(token);
    return;
  }
  if ((checkpoints_->answer_unread() || end_awaited_) && !lingered_) {
    if (std::exchange(lingering_, true)) return;
    tasks_.add(process_.loop.timer().afterDelay(answer_patience).then([this] {
      lingered_ = true;
      check_closed();
    }));
    return;
  }
  closed_ = true;
  post([this] { listener_.closed(); });
}

void JobManager::arm_timer() {
  const auto next = std::min(master_.next_timer(), checkpoints_->next_timer());
  if (next == base::TimePoint::never() || next >= timer_at_) return;
  timer_at_ = next;
  const auto delay = std::max(base::Duration{0}, next - process_.effects.clock.now());
  tasks_.add(
      process_.loop.timer().afterDelay((delay.count() + 1) * kj::NANOSECONDS).then([this, next] {
        if (timer_at_ == next) timer_at_ = base::TimePoint::never();
        master_.tick(instant());
        checkpoints_->tick();
        pump();
      }));
}

}  // namespace flink::jobmanager
