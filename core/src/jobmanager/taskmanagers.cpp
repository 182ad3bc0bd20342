// SPDX-License-Identifier: Apache-2.0
#include "jobmanager/taskmanagers.h"

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
    std::chrono::seconds(1);  // REST's numbers ride on them

}  // namespace

TaskManagers::TaskManagers(const JobContext& context, ResourceManagerDriver& driver,
                           TaskReports& reports)
    : context_(context),
      driver_(driver),
      reports_(reports),
      fleet_(driver),
      failures_(context.process.log),
      tasks_(failures_) {}

TaskManagers::~TaskManagers() noexcept = default;

// --- Connections ---------------------------------------------------------------------------------

std::uint16_t TaskManagers::start(const base::Address& bind) {
  receiver_ = context_.process.network.listen(bind);
  const auto port = static_cast<std::uint16_t>(receiver_->getPort());
  driver_.attach({bind.host, port}, *this);
  context_.log().info("job ", context_.submission.graph->job_name, " (", context_.job_id.hex(),
                      "), RPC at ", base::address_text(bind.host, port), ", driver ",
                      driver_.name());
  fleet_.fill(context_.now().at);
  return port;
}

void TaskManagers::accept(std::uint64_t epoch) {
  epoch_ = epoch;
  tasks_.add(accept_loop());
}

kj::Promise<void> TaskManagers::accept_loop() {
  return receiver_->accept().then(
      [this](kj::Own<kj::AsyncIoStream> stream) {
        accepted(kj::mv(stream));
        return accept_loop();
      },
      [this](kj::Exception&& exception) -> kj::Promise<void> {
        context_.log().warn("accepting a connection failed: ",
                            std::string_view{exception.getDescription().cStr()});
        return context_.process.loop.timer().afterDelay(100 * kj::MILLISECONDS).then([this] {
          return accept_loop();
        });
      });
}

void TaskManagers::accepted(kj::Own<kj::AsyncIoStream> stream) {
  const auto& configuration = context_.submission.configuration;
  TaskManagerSession::Options session;
  session.timer = &context_.process.loop.timer();
  session.clock = &context_.process.effects.clock;
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
void TaskManagers::retire(TaskManagerSession& session) {
  const auto found = std::find_if(sessions_.begin(), sessions_.end(),
                                  [&](const auto& s) { return s.get() == &session; });
  if (found == sessions_.end()) return;
  auto old = kj::heap<std::unique_ptr<TaskManagerSession>>(std::move(*found));
  sessions_.erase(found);
  tasks_.add(kj::evalLast([old = kj::mv(old)]() mutable { old = nullptr; }));
}

TaskManagerSession* TaskManagers::session_of(const std::string& taskmanager) {
  for (const auto& session : sessions_) {
    if (session->registered() && session->info().id == taskmanager) return session.get();
  }
  return nullptr;
}

void TaskManagers::send(const std::string& taskmanager, const protocol::Command& command) {
  if (auto* session = session_of(taskmanager)) send(*session, command);
}

void TaskManagers::send(TaskManagerSession& session, const protocol::Command& command) {
  try {
    session.send(command);
  } catch (const Error& error) {
    context_.fail(error.kind(), error.message());
  }
}

// --- Joining -------------------------------------------------------------------------------------

std::string TaskManagers::registering(TaskManagerSession&, const protocol::TaskManagerInfo& info) {
  const auto& ours = context_.submission;
  if (info.build_id != ours.build_id || info.abi != ours.abi) {
    const std::string message =
        detail::concat("TaskManager ", info.id, " runs another build of this job (", info.build_id,
                       " ", info.abi, ", the JobManager is ", ours.build_id, " ", ours.abi,
                       "): start both from the same executable");
    context_.log().error(message);
    if (fleet_.knows(info.token)) context_.fail(ErrorKind::user, message);
    return message;
  }
  if (job_ended()) return "the job has ended";
  if (!info.token.empty() && !fleet_.registered(info.token, info.id)) {
    return "it was started by this JobManager and given up";
  }
  if (session_of(info.id) != nullptr) {
    return detail::concat("a TaskManager with the id ", info.id, " is registered already");
  }
  context_.log().info("TaskManager ", info.id, " registered");
  return {};
}

protocol::JobAssignment TaskManagers::assignment() const {
  const auto& job = context_.submission;
  return {context_.job_id, job.arguments, job.configuration.to_list(), job.files};
}

std::string TaskManagers::offering(TaskManagerSession& session, const protocol::SlotOffer& offer) {
  const auto& id = session.info().id;
  const auto& job = context_.submission;
  if (offer.graph_fingerprint != job.graph->fingerprint) {
    const std::string message = detail::concat(
        "define_job built a different graph on TaskManager ", id,
        ": it must depend on nothing but its arguments and env.read_file() (no time, random "
        "numbers, environment or files of its own). Here:\n",
        job.graph_description, "\nThere:\n", offer.graph_description);
    context_.log().error(message);
    context_.fail(ErrorKind::user, message);
    return message;
  }
  fleet_.ready(session.info().token);
  context_.log().info("TaskManager ", id, " offers ", offer.slots, " slots, data at ",
                      base::address_text(offer.data_address));
  // The answer leaves before the first command.
  context_.process.loop.post(
      guard_.wrap([this, id, slots = offer.slots, address = offer.data_address] {
        if (session_of(id) == nullptr) return;
        context_.master.taskmanager_joined(id, slots, address, context_.now());
        context_.pump();
      }));
  return {};
}

void TaskManagers::gave_up(TaskManagerSession& session, const std::string& reason) {
  const std::string message =
      detail::concat("TaskManager ", session.info().id, " cannot run the job: ", reason);
  context_.log().error(message);
  send(session, protocol::Refusal{reason});
  context_.fail(ErrorKind::user, message);
}

void TaskManagers::health(TaskManagerSession& session, protocol::TaskManagerHealth health) {
  for (auto& [id, metrics] : health.metrics) reports_.task_metrics(id, std::move(metrics));
  for (const auto& task : health.stuck_tasks) {
    context_.log().warn("TaskManager ", session.info().id, ": ", task);
  }
  health.metrics.clear();
  health_[session.info().id] = std::move(health);
}

const protocol::TaskManagerHealth* TaskManagers::health_of(const std::string& taskmanager) const {
  const auto found = health_.find(taskmanager);
  return found == health_.end() ? nullptr : &found->second;
}

// --- Losses --------------------------------------------------------------------------------------

void TaskManagers::lost(TaskManagerSession& session, Loss loss, const std::string& reason) {
  const auto info = session.info();
  const bool was_registered = session.registered();
  retire(session);
  if (!was_registered) return;
  health_.erase(info.id);
  if (job_ended()) return context_.pump();
  context_.log().warn(reason);
  if (fleet_.knows(info.token)) {
    // Its process must be gone before anything of it starts again: hung ones come back.
    lost_[info.token] = {loss, reason};
    fleet_.kill(info.token);
    return;
  }
  context_.master.taskmanager_lost(info.id, reason, {}, context_.now());
  context_.pump();
}

void TaskManagers::taskmanager_exited(const std::string& token, const ProcessEnd& end) {
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
  if (job_ended()) return context_.pump();
  context_.log().warn(reason);
  if (!exit->taskmanager.empty()) {
    if (auto* session = session_of(exit->taskmanager)) retire(*session);
    health_.erase(exit->taskmanager);
    context_.master.taskmanager_lost(exit->taskmanager, reason, exit->hint, context_.now());
  }
  fill_fleet();
  context_.pump();
}

void TaskManagers::taskmanager_not_started(const std::string& token, const std::string& why) {
  fleet_.not_started(token, why, context_.now().at);
  if (!job_ended()) {
    context_.master.note({ErrorKind::resource, detail::concat(token, " was not started: ", why)},
                         context_.now());
    fill_fleet();
  }
  context_.pump();
}

// None is started for a job that ends.
bool TaskManagers::replaces() const {
  const auto status = context_.master.status();
  return !is_terminal(status) && status != JobStatus::failing && status != JobStatus::cancelling;
}

base::TimePoint TaskManagers::next_timer() const {
  return replaces() ? fleet_.next_timer() : base::TimePoint::never();
}

void TaskManagers::fill_fleet() {
  auto& master = context_.master;
  if (const auto reason = fleet_.give_up_reason(); !reason.empty()) {
    fleet_.stop();
    master.fail(ErrorKind::resource, reason, context_.now());
    return;
  }
  if (replaces()) fleet_.fill(context_.now().at);
}

// --- The job's end -------------------------------------------------------------------------------

void TaskManagers::shut_down(const std::string& reason) {
  fleet_.stop();
  for (const auto& session : sessions_) session->shut_down(reason);
}

bool TaskManagers::all_gone() {
  const bool any_session = std::any_of(sessions_.begin(), sessions_.end(),
                                       [](const auto& s) { return s->registered(); });
  for (const auto& token : fleet_.unregistered()) fleet_.kill(token);
  return !any_session && fleet_.empty();
}

}  // namespace flink::jobmanager
