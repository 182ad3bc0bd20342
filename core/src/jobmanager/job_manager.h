// SPDX-License-Identifier: Apache-2.0
// The JobManager of one job: Dispatcher, JobMaster and ResourceManager in one object. It listens
// for TaskManagers, feeds the sans-io JobMaster with what happens and carries out what that
// decides. No sockets, signals, threads or clocks of its own: everything comes through
// its ProcessEnvironment, so that many instances run in one thread under simulation.
//
// Control loop's thread only, but for the CoordinatorListener half (the mailbox worker's thread),
// which only posts. Destroying it drops all connections: its TaskManagers take that as its death.
#pragma once

#include <flink/error.h>
#include <kj/async.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "config/configuration.h"
#include "graph/job_graph.h"
#include "jobmanager/checkpoint_service.h"
#include "jobmanager/coordinator_host.h"
#include "jobmanager/held_events.h"
#include "jobmanager/job_master.h"
#include "jobmanager/resource_manager_driver.h"
#include "jobmanager/taskmanager_fleet.h"
#include "jobmanager/taskmanager_session.h"
#include "rest/cluster_view.h"
#include "rpc/guard.h"
#include "rpc/process_environment.h"

namespace flink::jobmanager {

// What is to be run.
struct JobSubmission {
  std::shared_ptr<const graph::JobGraph> graph;
  std::string graph_description;             // describe_text(*graph), to show differences
  std::vector<std::string> arguments;        // of define_job
  std::map<std::string, std::string> files;  // that define_job reads
  config::Configuration configuration;       // effective, the code's settings included
  std::string build_id;                      // of this executable
  std::string abi;
  std::optional<base::JobId> job_id;  // nothing: a random one
  bool recover = false;               // go on where an earlier JobManager of this id stopped
};

// What the one who runs it wants to hear; called on the control loop's thread.
class JobListener {
 public:
  virtual ~JobListener() = default;
  virtual void status_changed(JobStatus status) = 0;
  virtual void failure(const FailureRecord& failure) = 0;
  // The last subtask has become RUNNING (those that have finished count, too); again after each
  // restart.
  virtual void all_tasks_running() {}
  // A job of this id has ended before, so nothing is run.
  virtual void ended_before(const checkpoint::JobResult& /*result*/) {}
  // The job has ended and every TaskManager is gone.
  virtual void closed() = 0;
};

class JobManager final : public rest::ClusterView,
                         private SessionHandler,
                         private DriverEvents,
                         private CoordinatorListener,
                         private checkpoint::TaskTable,
                         private CheckpointHost,
                         private kj::TaskSet::ErrorHandler {
 public:
  // All of these outlive it.
  JobManager(const rpc::ProcessEnvironment& process, ResourceManagerDriver& driver,
             JobSubmission submission, JobListener& listener);
  ~JobManager() noexcept override;

  // Listens and starts TaskManagers. Throws Error when the port is taken or the driver cannot.
  void start(const base::Address& bind);
  std::uint16_t rpc_port() const { return rpc_port_; }
  const base::JobId& job_id() const { return job_id_; }
  std::uint64_t epoch() const { return epoch_; }
  JobStatus status() const { return master_.status(); }
  void cancel();
  // Ends without ending the job, so that it can be recovered.
  void suspend(const std::string& why);
  // Why it FAILED: the cause rather than its echoes; null when it has not.
  const FailureRecord* root_failure() const;
  std::int64_t runtime_millis() const;
  const JobMaster& master() const { return master_; }
  std::optional<CheckpointService::Stop> stopped() const { return checkpoints_->stopped(); }

  // ClusterView (cluster_view.cpp)
  rest::Millis now() const override;
  std::vector<std::string> job_ids() const override;
  std::optional<rest::JobView> job(std::string_view id) const override;
  std::vector<rest::TaskManagerView> taskmanagers() const override;
  std::vector<std::pair<std::string, std::string>> configuration() const override;
  rest::CancelOutcome request_cancel(std::string_view job_id) override;
  rest::CheckpointsView checkpoints(std::string_view id) const override;
  rest::CheckpointConfigView checkpoint_config(std::string_view id) const override;
  rest::OperationStart start_operation(std::string_view id,
                                       rest::OperationRequest request) override;
  std::optional<rest::OperationView> operation(rest::OperationKind kind,
                                               std::string_view trigger) override;

 private:
  // SessionHandler
  std::string registering(TaskManagerSession& session,
                          const protocol::TaskManagerInfo& info) override;
  protocol::JobAssignment assignment() const override;
  std::string offering(TaskManagerSession& session, const protocol::SlotOffer& offer) override;
  void task_state(TaskManagerSession& session, const protocol::TaskStateUpdate& update) override;
  void operator_event(TaskManagerSession& session, protocol::OperatorEvent event) override;
  void checkpoint_acknowledged(TaskManagerSession& session, protocol::CheckpointAck ack) override;
  void checkpoint_declined(TaskManagerSession& session,
                           const protocol::CheckpointDecline& decline) override;
  void health(TaskManagerSession& session, protocol::TaskManagerHealth health) override;
  void gave_up(TaskManagerSession& session, const std::string& reason) override;
  void lost(TaskManagerSession& session, Loss loss, const std::string& reason) override;
  // DriverEvents
  void taskmanager_exited(const std::string& token, const ProcessEnd& end) override;
  // CoordinatorListener: another thread
  void coordinators_started() override;
  void coordinator_failed(ErrorKind kind, std::string message, bool committing) override;
  void coordinator_passed(std::int64_t checkpoint_id, base::OperatorId op) override;
  void coordinators_snapshot(std::int64_t checkpoint_id,
                             std::map<base::OperatorId, std::string> states) override;
  void coordinators_committed() override;
  void coordinators_aborted(bool uncommitted) override;
  void coordinator_warned(const std::string& text) override;
  void coordinators_fenced(const std::string& message) override;
  void event_to_subtask(base::AttemptId attempt, base::OperatorId op, std::string event,
                        bool ordered) override;
  void taskFailed(kj::Exception&& exception) override;

  // checkpoint::TaskTable, CheckpointHost (job_checkpoints.cpp)
  std::vector<checkpoint::TaskInfo> checkpoint_tasks() const override;
  void job_opened(const checkpoint::Opened& opened) override;
  void job_not_opened(ErrorKind kind, const std::string& message) override;
  void snapshot_coordinators(std::int64_t checkpoint_id) override;
  void trigger(const base::AttemptId& root, const channels::Barrier& barrier) override;
  void checkpoint_complete(std::int64_t checkpoint_id) override;
  void checkpoint_aborted(std::int64_t checkpoint_id, bool triggered) override;
  void checkpoints_failed(const std::string& message) override;
  void cancel_job() override { cancel(); }
  void suspend_job(const std::string& message) override;
  void checkpoints_changed() override;
  // Tells checkpoints and JobMaster of each other.
  void sync_checkpoints();
  void release_events();
  void send_event(protocol::OperatorEvent event);
  // A command that is too long fails the job.
  void send(TaskManagerSession& session, const protocol::Command& command);
  void send_to_task(const Subtask& subtask, const protocol::Command& command);
  void tell_tasks(std::int64_t checkpoint_id, bool complete);

  Instant instant() const {
    return {process_.effects.clock.now(), process_.effects.clock.wall_millis()};
  }
  void post(std::function<void()> function);
  kj::Promise<void> accept_loop();
  void accepted(kj::Own<kj::AsyncIoStream> stream);
  void retire(TaskManagerSession& session);
  TaskManagerSession* session_of(const std::string& taskmanager);
  void fill_fleet();
  void pump();  // carries out what the JobMaster decided, until it decides nothing more
  void carry_out(Action& action);
  void tell_failures();
  void arm_timer();
  void status_changed(JobStatus status);
  void check_closed();
  void fail_job(ErrorKind kind, const std::string& message);
  rest::VertexView vertex_view(int vertex) const;
  rest::AttemptView attempt_view(const Execution& execution) const;
  std::vector<rest::ExceptionView> exception_views() const;
  std::vector<rest::PlanNode> plan_views() const;

  rpc::ProcessEnvironment process_;
  ResourceManagerDriver& driver_;
  JobSubmission submission_;
  JobListener& listener_;
  base::JobId job_id_;
  std::uint64_t epoch_ = 0;
  std::uint16_t rpc_port_ = 0;
  rpc::Guard guard_;
  std::unique_ptr<CheckpointService> checkpoints_;
  JobMaster master_;
  TaskManagerFleet fleet_;
  std::unique_ptr<CoordinatorHost> coordinators_;
  kj::Own<kj::ConnectionReceiver> receiver_;
  std::vector<std::unique_ptr<TaskManagerSession>> sessions_;  // as they connected
  struct Lost {
    Loss loss;
    std::string reason;
  };
  std::map<std::string, Lost> lost_;  // by token: lost, its process not yet gone
  std::map<std::string, protocol::TaskManagerHealth> health_;  // by TaskManager
  HeldEvents held_events_;
  std::size_t failures_told_ = 0;
  bool pumping_ = false;
  bool closed_ = false;
  bool all_tasks_run_ = false;                 // as the listener was told
  bool lingering_ = false, lingered_ = false;  // for the answer to a stop or cancel
  mutable bool end_awaited_ = false;  // whoever asked for it through REST has not read of it yet
  std::function<void()> end_was_read_ = [this] { post([this] { check_closed(); }); };
  base::TimePoint timer_at_ = base::TimePoint::never();
  kj::TaskSet tasks_;  // last: its tasks refer to the rest
};

}  // namespace flink::jobmanager
