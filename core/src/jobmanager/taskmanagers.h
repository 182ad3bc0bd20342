// SPDX-License-Identifier: Apache-2.0
// The TaskManagers of the job: those that the driver starts and those that come by themselves, and
// the connection to each. Who may join, who is lost, which process is replaced. Tells the JobMaster
// what it has, and hands on what their tasks report. Control loop's thread only.
#pragma once

#include <kj/async.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "jobmanager/drivers/resource_manager_driver.h"
#include "jobmanager/job_context.h"
#include "jobmanager/log_failures.h"
#include "jobmanager/taskmanager_fleet.h"
#include "jobmanager/taskmanager_session.h"
#include "rpc/guard.h"

namespace flink::jobmanager {

class TaskManagers final : private SessionHandler, private DriverEvents {
 public:
  TaskManagers(const JobContext& context, ResourceManagerDriver& driver, TaskReports& reports);
  ~TaskManagers() noexcept override;

  // Listens and starts TaskManagers; returns the port. Throws Error when that is taken.
  std::uint16_t start(const base::Address& bind);
  // Hears them, from now on: their sessions are of that epoch.
  void accept(std::uint64_t epoch);

  // To a TaskManager; nothing when it is gone. A command that is too long fails the job.
  void send(const std::string& taskmanager, const protocol::Command& command);
  // The job has ended: none is replaced, and they shall end.
  void shut_down(const std::string& reason);
  void kill_all() { fleet_.kill_all(); }
  base::TimePoint next_timer() const;
  void tick() { fill_fleet(); }
  // Nobody is left. Those that know nothing of the shut-down are killed.
  bool all_gone();

  const std::vector<std::unique_ptr<TaskManagerSession>>& sessions() const { return sessions_; }
  // Its last one; null: it has given none.
  const protocol::TaskManagerHealth* health_of(const std::string& taskmanager) const;

 private:
  // SessionHandler
  std::string registering(TaskManagerSession& session,
                          const protocol::TaskManagerInfo& info) override;
  protocol::JobAssignment assignment() const override;
  std::string offering(TaskManagerSession& session, const protocol::SlotOffer& offer) override;
  void gave_up(TaskManagerSession& session, const std::string& reason) override;
  TaskReports& reports() override { return reports_; }
  void health(TaskManagerSession& session, protocol::TaskManagerHealth health) override;
  void lost(TaskManagerSession& session, Loss loss, const std::string& reason) override;
  // DriverEvents
  void taskmanager_exited(const std::string& token, const ProcessEnd& end) override;
  void taskmanager_not_started(const std::string& token, const std::string& why) override;

  kj::Promise<void> accept_loop();
  void accepted(kj::Own<kj::AsyncIoStream> stream);
  void retire(TaskManagerSession& session);
  TaskManagerSession* session_of(const std::string& taskmanager);
  void send(TaskManagerSession& session, const protocol::Command& command);
  void fill_fleet();
  bool replaces() const;
  bool job_ended() const { return is_terminal(context_.master.status()); }

  struct Lost {
    Loss loss;
    std::string reason;
  };

  const JobContext& context_;
  ResourceManagerDriver& driver_;
  TaskReports& reports_;
  std::uint64_t epoch_ = 0;
  rpc::Guard guard_;
  TaskManagerFleet fleet_;
  kj::Own<kj::ConnectionReceiver> receiver_;
  std::vector<std::unique_ptr<TaskManagerSession>> sessions_;  // as they connected
  std::map<std::string, Lost> lost_;  // by token: lost, its process not yet gone
  std::map<std::string, protocol::TaskManagerHealth> health_;  // by TaskManager
  LogFailures failures_;
  kj::TaskSet tasks_;  // last: its tasks refer to the rest
};

}  // namespace flink::jobmanager
