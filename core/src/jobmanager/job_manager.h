// SPDX-License-Identifier: Apache-2.0
// The JobManager of one job: what Flink splits into Dispatcher, JobMaster and ResourceManager. Its
// parts hear what happens and tell the sans-io state machines (JobMaster, CheckpointCoordinator);
// the JobManager carries out what those decide, and ends when nothing is left to do. No sockets,
// signals, threads or clocks of its own: everything comes through its ProcessEnvironment, so that
// many instances run in one thread under simulation.
//
// Control loop's thread only. Destroying it drops all connections: its TaskManagers take that as
// its death.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "jobmanager/checkpoint_service.h"
#include "jobmanager/coordination.h"
#include "jobmanager/job_context.h"
#include "jobmanager/log_failures.h"
#include "jobmanager/rest_view.h"
#include "jobmanager/task_routing.h"
#include "jobmanager/taskmanagers.h"
#include "rpc/guard.h"

namespace flink::jobmanager {

// What the one who runs it wants to hear; called on the control loop's thread.
class JobListener {
 public:
  virtual ~JobListener() = default;
  virtual void status_changed(JobStatus status) = 0;
  virtual void failure(const FailureRecord& failure) = 0;
  // The last subtask has become RUNNING (those that have finished count, too); again after each
  // restart.
  virtual void all_tasks_running() {}
  // What people should know, and nothing fails for.
  virtual void warning(const std::string& /*text*/) {}
  // A job of this id has ended before, so nothing is run.
  virtual void ended_before(const ha::JobResult& /*result*/) {}
  // The job has ended and every TaskManager is gone.
  virtual void closed() = 0;
};

class JobManager final : private CheckpointHost {
 public:
  // All of these outlive it.
  JobManager(const rpc::ProcessEnvironment& process, ResourceManagerDriver& driver,
             ha::HaServices& ha, JobSubmission submission, JobListener& listener);
  ~JobManager() noexcept override;

  // Before start().
  void go_on_from(JobHistory history);
  // Listens and starts TaskManagers. Throws Error when the port is taken.
  void start(const base::Address& bind);
  std::uint16_t rpc_port() const { return rpc_port_; }
  const base::JobId& job_id() const { return context_.job_id; }
  std::uint64_t epoch() const { return epoch_; }
  JobStatus status() const { return master_.status(); }
  void cancel() { context_.cancel(); }
  // Ends without ending the job, so that it can be recovered.
  void suspend(const std::string& why) { context_.suspend(why); }
  // Why it FAILED; null when it has not.
  const FailureRecord* root_failure() const { return master_.root_failure(); }
  std::int64_t runtime_millis() const;
  const JobMaster& master() const { return master_; }
  std::optional<CheckpointService::Stop> stopped() const { return checkpoints_.stopped(); }
  rest::ClusterView& rest() { return rest_; }

 private:
  // CheckpointHost
  void job_opened(const checkpoint::Opened& opened) override;
  void job_not_opened(ErrorKind kind, const std::string& message) override;
  void snapshot_coordinators(std::int64_t checkpoint_id) override;
  void trigger(const base::AttemptId& root, const channels::Barrier& barrier) override;
  void checkpoint_complete(std::int64_t checkpoint_id) override;
  void checkpoint_aborted(std::int64_t checkpoint_id, bool triggered) override;
  void checkpoints_failed(const std::string& message) override;

  void post(std::function<void()> function);
  void pump();
  void carry_out(Action& action);
  void exchange_news();
  void tell_failures();
  void arm_timer();
  void status_changed(JobStatus status);
  void check_closed();

  JobSubmission submission_;
  JobListener& listener_;
  rpc::Guard guard_;
  // The parts know each other from the start, though they are made one after the other.
  JobContext context_;
  std::uint64_t epoch_ = 0;
  std::uint16_t rpc_port_ = 0;
  TaskRouting tasks_;
  CheckpointService checkpoints_;
  JobMaster master_;
  TaskManagers taskmanagers_;
  Coordination coordination_;
  RestView rest_;
  std::size_t failures_told_ = 0;
  bool pumping_ = false;
  bool closed_ = false;
  bool all_tasks_run_ = false;                 // as the listener was told
  bool lingering_ = false, lingered_ = false;  // for the answer to a stop or cancel
  base::TimePoint timer_at_ = base::TimePoint::never();
  LogFailures log_failures_;
  kj::TaskSet timers_;  // last: its tasks refer to the rest
};

}  // namespace flink::jobmanager
