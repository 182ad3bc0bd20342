// SPDX-License-Identifier: Apache-2.0
// One connection of a TaskManager: registration, offer, commands out, reports in, heartbeats. Owned
// by the JobManager, which decides; the session only speaks the protocol. Control loop's thread
// only. The handler must not destroy the session from within a callback.
#pragma once

#include <kj/async.h>

#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "protocol/messages.h"
#include "rpc/heartbeat_monitor.h"
#include "rpc/message_stream.h"
#include "rpc/peer.h"
#include "wire/flink.capnp.h"

namespace flink::jobmanager {

class TaskManagerSession;

enum class Loss : unsigned char {
  connection,  // it is gone: how the process ended explains it
  silence,     // nothing came for heartbeat.timeout, or it cannot be reached
  refusal,     // one side could not take what the other sent
};

// What tasks say to the JobManager.
class TaskReports {
 public:
  virtual ~TaskReports() = default;
  virtual void task_state(const std::string& taskmanager,
                          const protocol::TaskStateUpdate& update) = 0;
  virtual void task_metrics(const base::AttemptId& id, protocol::TaskMetrics metrics) = 0;
  virtual void operator_event(protocol::OperatorEvent event) = 0;
  virtual void checkpoint_acknowledged(protocol::CheckpointAck ack) = 0;
  virtual void checkpoint_declined(const protocol::CheckpointDecline& decline) = 0;
};

class SessionHandler {
 public:
  virtual ~SessionHandler() = default;
  // Why it is refused; empty: accepted.
  virtual std::string registering(TaskManagerSession& session,
                                  const protocol::TaskManagerInfo& info) = 0;
  virtual protocol::JobAssignment assignment() const = 0;
  virtual std::string offering(TaskManagerSession& session, const protocol::SlotOffer& offer) = 0;
  virtual void gave_up(TaskManagerSession& session, const std::string& reason) = 0;
  virtual TaskReports& reports() = 0;  // where what its tasks say goes
  virtual void health(TaskManagerSession& session, protocol::TaskManagerHealth health) = 0;
  // Once; nothing comes after it.
  virtual void lost(TaskManagerSession& session, Loss loss, const std::string& reason) = 0;
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

  const protocol::TaskManagerInfo& info() const { return info_; }
  const protocol::SlotOffer& offer() const { return offer_; }
  bool registered() const { return registered_; }
  bool offered() const { return offered_; }
  base::TimePoint last_sign() const { return monitor_.last_sign(); }

  // Throws Error{user} when the command is too long to be sent.
  void send(const protocol::Command& command);
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
  void deliver(wire::JobMaster::DeliverParams::Reader call);
  void handle(protocol::Report report);
  void on_offer(protocol::SlotOffer offer);
  void watch();
  kj::Promise<void> watch_loop();
  void beat();
  void end(Loss loss, const std::string& reason);
  void taskFailed(kj::Exception&& exception) override;

  Options options_;
  SessionHandler& handler_;
  std::shared_ptr<Link> link_ = std::make_shared<Link>();
  rpc::HeartbeatMonitor monitor_;
  protocol::TaskManagerInfo info_;
  protocol::SlotOffer offer_;
  bool registered_ = false;
  bool offered_ = false;
  bool ended_ = false;
  rpc::MessageReceiver receiver_{protocol::message_bytes_max};
  kj::Own<rpc::Peer> peer_;
  kj::Maybe<wire::TaskManager::Client> remote_;
  std::unique_ptr<rpc::MessageSender> sender_;
  kj::Promise<void> watching_ = nullptr;
  kj::TaskSet tasks_;
};

}  // namespace flink::jobmanager
