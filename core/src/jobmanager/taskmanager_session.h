// SPDX-License-Identifier: Apache-2.0
// One connection of a TaskManager: registration, offer, commands out, reports in, heartbeats. Owned
// by the JobManager, which decides; the session only speaks the protocol. Control loop's thread
// only. The handler must not destroy the session from within a callback.
#pragma once

#include <kj/async.h>

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "jobmanager/job_master.h"
#include "metrics/cluster_view.h"
#include "rpc/heartbeat_monitor.h"
#include "rpc/ordered_channel.h"
#include "rpc/peer.h"
#include "wire/flink.capnp.h"

namespace flink::jobmanager {

struct EventCommand {
  base::AttemptId attempt;
  base::OperatorId op;
  std::string payload;
};
struct CancelCommand {
  base::AttemptId id;
};
struct TriggerCommand {
  base::AttemptId attempt;
  channels::Barrier barrier;
};
struct CheckpointCommand {  // that checkpoint is complete, or was aborted
  base::AttemptId attempt;
  std::int64_t checkpoint_id = 0;
  bool complete = false;
};
using TaskManagerCommand = std::variant<task::TaskDeployment, CancelCommand, EventCommand,
                                        TriggerCommand, CheckpointCommand>;

struct CheckpointAck {
  base::AttemptId attempt;
  std::int64_t checkpoint_id = 0;
  std::string snapshot;  // Serializer<state::TaskSnapshot>
  task::CheckpointMetrics metrics;
};

// What a TaskManager says of itself.
struct TaskManagerInfo {
  std::string id, build_id, abi, host, token;
  int cpu_cores = 0;
  std::uint64_t physical_memory = 0;
};
struct TaskManagerOffer {
  std::uint64_t graph_fingerprint = 0;
  std::string graph_description;
  int slots = 0;
  base::Address data_address;
  metrics::MemoryView memory;
};
struct TaskManagerHealth {
  std::vector<std::pair<base::AttemptId, task::TaskMetrics>> metrics;
  std::uint64_t resident_memory = 0;
  std::vector<std::string> stuck_tasks;
};

class TaskManagerSession;

class SessionHandler {
 public:
  virtual ~SessionHandler() = default;
  // Why it is refused; empty: accepted.
  virtual std::string registering(TaskManagerSession& session, const TaskManagerInfo& info) = 0;
  virtual void write_assignment(wire::JobAssignment::Builder assignment) = 0;
  virtual std::string offering(TaskManagerSession& session, const TaskManagerOffer& offer) = 0;
  virtual void task_state(TaskManagerSession& session, const base::AttemptId& id,
                          task::TaskState state, const task::TaskFailure& failure,
                          const task::TaskMetrics* final_metrics) = 0;
  virtual void operator_event(TaskManagerSession& session, EventCommand event) = 0;
  virtual void checkpoint_acknowledged(TaskManagerSession& session, CheckpointAck ack) = 0;
  virtual void checkpoint_declined(TaskManagerSession& session, const base::AttemptId& id,
                                   std::int64_t checkpoint_id, const std::string& reason) = 0;
  virtual void health(TaskManagerSession& session, TaskManagerHealth health) = 0;
  virtual void gave_up(TaskManagerSession& session, const std::string& reason) = 0;
  // The connection is gone, or nothing came for heartbeat.timeout. Once; nothing comes after it.
  virtual void lost(TaskManagerSession& session, const std::string& reason) = 0;
};

class TaskManagerSession final : private kj::TaskSet::ErrorHandler {
 public:
  struct Options {
    kj::Timer* timer = nullptr;
    const base::Clock* clock = nullptr;
    rpc::HeartbeatMonitor::Options heartbeat;
    kj::Duration call_deadline = 10 * kj::SECONDS;
    std::uint64_t epoch = 0;
  };
  TaskManagerSession(kj::Own<kj::AsyncIoStream> stream, Options options, SessionHandler& handler);
  ~TaskManagerSession() noexcept;
  TaskManagerSession(const TaskManagerSession&) = delete;
  TaskManagerSession& operator=(const TaskManagerSession&) = delete;

  const TaskManagerInfo& info() const { return info_; }
  const TaskManagerOffer& offer() const { return offer_; }
  bool registered() const { return registered_; }
  bool offered() const { return offered_; }
  base::TimePoint last_sign() const { return monitor_.last_sign(); }

  void send(TaskManagerCommand command);
  void shut_down(const std::string& reason);

 private:
  // What the server objects hold: it outlives the session, since calls may be dispatched late.
  struct Link {
    TaskManagerSession* session = nullptr;
  };
  class RegistrationServer;
  class JobMasterServer;

  using Registering = wire::JobManager::RegisterTaskManagerParams::Reader;
  using Registered = wire::JobManager::RegisterTaskManagerResults::Builder;
  void on_register(Registering call, Registered results);
  std::string on_offer(wire::SlotOffer::Reader from);
  void on_reports(std::uint64_t first, capnp::List<wire::Report>::Reader reports);
  void handle(wire::Report::Reader report);
  void handle_state(wire::TaskStateUpdate::Reader update);
  kj::Promise<void> call_execute(std::uint64_t first, std::span<const TaskManagerCommand> commands);
  void watch();
  kj::Promise<void> watch_loop();
  void beat();
  void end(const std::string& reason);
  void taskFailed(kj::Exception&& exception) override;

  Options options_;
  SessionHandler& handler_;
  std::shared_ptr<Link> link_ = std::make_shared<Link>();
  rpc::HeartbeatMonitor monitor_;
  TaskManagerInfo info_;
  TaskManagerOffer offer_;
  bool registered_ = false;
  bool offered_ = false;
  bool ended_ = false;
  rpc::SequenceFilter seen_;
  kj::Own<rpc::Peer> peer_;
  kj::Maybe<wire::TaskManager::Client> remote_;
  std::unique_ptr<rpc::OrderedSender<TaskManagerCommand>> sender_;
  kj::Promise<void> watching_ = nullptr;
  kj::TaskSet tasks_;
};

}  // namespace flink::jobmanager
