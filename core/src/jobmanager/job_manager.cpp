// SPDX-License-Identifier: Apache-2.0
#include "jobmanager/job_manager.h"

#include <flink/base/check.h>
#include <flink/error.h>

#include <algorithm>
#include <utility>

#include "config/options.h"
#include "jobmanager/late_records.h"

namespace flink::jobmanager {
namespace {

namespace options = config::options;

constexpr auto answer_patience = 2 * kj::SECONDS;  // for a client to ask how a stop went
constexpr auto exit_patience = 5 * kj::SECONDS;    // from the job's end to kill -9

JobMasterOptions master_options(const config::Configuration& configuration,
                                const ResourceManagerDriver& driver,
                                CheckpointService& checkpoints) {
  JobMasterOptions out;
  out.checkpoint_directory = checkpoints.job_directory();
  out.last_checkpoint = checkpoints.takes_last();
  out.restores = &checkpoints;
  out.restart = config::restart_strategy(configuration);
  out.full_failover = configuration.get(options::failover_strategy) == "full";
  out.slot_request_timeout = configuration.get(options::slot_request_timeout);
  out.slots_max = driver.slots_max();
  out.failures_remembered =
      static_cast<std::size_t>(std::max(1, configuration.get(options::exception_history_size)));
  return out;
}

base::JobId id_of(const JobSubmission& submission, const base::Effects& effects) {
  return submission.job_id ? *submission.job_id : base::JobId::random(effects.random);
}

// Where nobody recovers the job; grows with time and differs between JobManagers of the same
// millisecond.
std::uint64_t epoch_of_nobody(const base::Effects& effects) {
  return (static_cast<std::uint64_t>(effects.clock.wall_millis()) << 16) |
         effects.random.below(1u << 16);
}

}  // namespace

JobManager::JobManager(const rpc::ProcessEnvironment& process, ResourceManagerDriver& driver,
                       ha::HaServices& ha, JobSubmission submission, JobListener& listener)
    : submission_(std::move(submission)),
      listener_(listener),
      context_{process,
               submission_,
               id_of(submission_, process.effects),
               master_,
               [this] { pump(); },
               [this](const std::string& text) { listener_.warning(text); }},
      epoch_(epoch_of_nobody(process.effects)),
      tasks_(context_, taskmanagers_, checkpoints_, coordination_),
      checkpoints_(context_, ha, tasks_, *this,
                   [loop = &process.loop, token = guard_.token()](std::function<void()> function) {
                     loop->post(rpc::Guard::wrap(token, std::move(function)));
                   }),
      master_(submission_.graph, master_options(submission_.configuration, driver, checkpoints_),
              process.effects.random, context_.now()),
      taskmanagers_(context_, driver, tasks_),
      coordination_(context_, checkpoints_, tasks_),
      rest_(context_, taskmanagers_, checkpoints_, coordination_,
            [this] { post([this] { check_closed(); }); }),
      log_failures_(process.log),
      timers_(log_failures_) {}

JobManager::~JobManager() noexcept = default;

void JobManager::post(std::function<void()> function) {
  context_.process.loop.post(guard_.wrap(std::move(function)));
}

void JobManager::start(const base::Address& bind) {
  rpc_port_ = taskmanagers_.start(bind);
  checkpoints_.open();
}

void JobManager::go_on_from(JobHistory history) {
  master_.go_on_from(std::move(history));
  failures_told_ = master_.failures_recorded();
}

std::int64_t JobManager::runtime_millis() const {
  const auto start = master_.entered(JobStatus::initializing);
  return (is_terminal(master_.status()) ? master_.entered(master_.status())
                                        : context_.now().wall_millis) -
         start;
}

// --- What the checkpoints ask for ----------------------------------------------------------------

void JobManager::job_opened(const checkpoint::Opened& opened) {
  // Sessions are of the epoch that was taken: no TaskManager is heard before.
  if (opened.epoch != 0) epoch_ = opened.epoch;
  taskmanagers_.accept(epoch_);
  if (opened.ended) {
    const auto& ended = *opened.ended;
    context_.log().info("the job has ended before: ", ended.status, " ", ended.detail);
    listener_.ended_before(ended);
    const auto status = ended.status == "FINISHED"   ? JobStatus::finished
                        : ended.status == "CANCELED" ? JobStatus::canceled
                                                     : JobStatus::failed;
    master_.ended_before(status, context_.now());
  } else if (!is_terminal(master_.status()) && master_.status() == JobStatus::initializing) {
    // Nobody restarts a task so often before the JobManager itself is gone.
    constexpr std::uint64_t attempts_of_one = 100'000, leaders_max = 20'000;
    const auto earlier = (opened.life - 1) % leaders_max;
    master_.start(context_.now(), static_cast<int>(earlier * attempts_of_one));
  }
  pump();
}

void JobManager::job_not_opened(ErrorKind kind, const std::string& message) {
  taskmanagers_.accept(epoch_);  // to say that there is no job
  context_.fail(kind, message);
}

void JobManager::snapshot_coordinators(std::int64_t checkpoint_id) {
  coordination_.host().checkpoint(checkpoint_id);
}

void JobManager::trigger(const base::AttemptId& root, const channels::Barrier& barrier) {
  tasks_.trigger(root, barrier);
}

void JobManager::checkpoint_complete(std::int64_t checkpoint_id) {
  tasks_.tell(checkpoint_id, true);
  coordination_.host().checkpoint_complete(checkpoint_id);
}

void JobManager::checkpoint_aborted(std::int64_t checkpoint_id, bool triggered) {
  if (triggered) tasks_.tell(checkpoint_id, false);
  coordination_.host().checkpoint_aborted(checkpoint_id);
}

void JobManager::checkpoints_failed(const std::string& message) {
  master_.fail_over(ErrorKind::transient, message, context_.now());
  pump();
}

// --- The pump ------------------------------------------------------------------------------------

// Until nothing more is decided. An action may have its outcome at once, which comes here again:
// the loop that is under way takes it up.
void JobManager::pump() {
  if (std::exchange(pumping_, true)) return;
  do {
    tell_failures();
    checkpoints_.carry_out();
    for (auto& action : master_.take_actions()) carry_out(action);
    exchange_news();
  } while (master_.has_actions() || checkpoints_.decided());
  tell_failures();
  pumping_ = false;
  arm_timer();
}

void JobManager::carry_out(Action& action) {
  struct Visitor {
    JobManager& self;
    CoordinatorHost& coordinators() { return self.coordination_.host(); }
    void operator()(action::StartCoordinators&) {
      self.coordination_.start(self.checkpoints_.restore_point().get());
    }
    void operator()(action::Deploy& deploy) { self.tasks_.deploy(deploy); }
    void operator()(action::CancelTask& cancel) { self.tasks_.cancel(cancel); }
    void operator()(action::ReleasePartition& release) { self.tasks_.release(release); }
    void operator()(action::SubtaskReady& ready) { coordinators().subtask_ready(ready.id); }
    void operator()(action::SubtaskReset& reset) {
      coordinators().subtask_reset(reset.id, reset.checkpoint_id);
    }
    void operator()(action::LastCheckpoint&) { self.checkpoints_.request_last(); }
    void operator()(action::Commit&) { coordinators().commit(); }
    void operator()(action::EndRetries&) {
      self.context_.log().info(
          "the results are being committed: the job is cancelled only if that fails, and what "
          "fails is not tried again");
      coordinators().end_retries();
    }
    void operator()(action::Abort&) { coordinators().abort(); }
    void operator()(action::StatusChanged& changed) { self.status_changed(changed.status); }
  };
  std::visit(Visitor{*this}, action);
}

// Checkpoints and JobMaster learn of each other.
void JobManager::exchange_news() {
  const auto& coordinator = checkpoints_.coordinator();
  const auto now = context_.now();
  if (coordinator.stopped_with()) master_.stopped_with(*coordinator.stopped_with(), now);
  coordination_.release_events();
  master_.hold_restarts(coordinator.finalizing(), now);
  if (coordinator.last_done()) master_.last_checkpoint_done(now);
  const bool running = master_.all_running();
  checkpoints_.tasks_running(running, "not every task runs: a part of the job is starting again");
  if (!std::exchange(all_tasks_run_, running) && running) listener_.all_tasks_running();
  if (is_terminal(master_.status())) check_closed();
}

void JobManager::tell_failures() {
  const auto& failures = master_.failures();
  // The list drops its oldest when it is full: count what was ever recorded.
  const std::size_t recorded = master_.failures_recorded();
  const std::size_t fresh = std::min(recorded - failures_told_, failures.size());
  failures_told_ = recorded;
  for (std::size_t i = failures.size() - fresh; i < failures.size(); ++i) {
    const auto& failure = failures[i];
    context_.log().error(failure.task.empty() ? std::string{"job"} : failure.task,
                         failure.taskmanager.empty() ? "" : " on ", failure.taskmanager, ": ",
                         failure.message);
    listener_.failure(failure);
  }
}

void JobManager::arm_timer() {
  const auto next =
      std::min({master_.next_timer(), checkpoints_.next_timer(), taskmanagers_.next_timer()});
  if (next == base::TimePoint::never() || next >= timer_at_) return;
  timer_at_ = next;
  const auto delay = std::max(base::Duration{0}, next - context_.now().at);
  timers_.add(context_.process.loop.timer()
                  .afterDelay((delay.count() + 1) * kj::NANOSECONDS)
                  .then([this, next] {
                    if (timer_at_ == next) timer_at_ = base::TimePoint::never();
                    master_.tick(context_.now());
                    checkpoints_.tick();
                    taskmanagers_.tick();
                    pump();
                  }));
}

// --- The end -------------------------------------------------------------------------------------

void JobManager::status_changed(JobStatus status) {
  if (status == JobStatus::restarting) checkpoints_.check_fence();
  context_.log().info("job ", submission_.graph->job_name, " is ", job_status_name(status));
  if (status == JobStatus::finished) {
    for (const auto& text : late_record_warnings(master_.executions())) context_.tell(text);
  }
  listener_.status_changed(status);
  if (!is_terminal(status)) return;
  const auto* failure = root_failure();
  checkpoints_.job_ended(status, failure == nullptr ? std::string{} : failure->message);
  taskmanagers_.shut_down(job_status_name(status));
  timers_.add(context_.process.loop.timer().afterDelay(exit_patience).then([this] {
    taskmanagers_.kill_all();
  }));
  check_closed();
}

void JobManager::check_closed() {
  if (closed_ || !is_terminal(master_.status()) || !checkpoints_.idle()) return;
  if (!taskmanagers_.all_gone()) return;
  if (rest_.answer_unread() && !lingered_) {
    if (std::exchange(lingering_, true)) return;
    timers_.add(context_.process.loop.timer().afterDelay(answer_patience).then([this] {
      lingered_ = true;
      check_closed();
    }));
    return;
  }
  closed_ = true;
  post([this] { listener_.closed(); });
}

}  // namespace flink::jobmanager
