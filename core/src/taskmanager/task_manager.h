// SPDX-License-Identifier: Apache-2.0
// The TaskManager of one job: finds the JobManager, registers, learns arguments and configuration,
// runs define_job, offers its slots, then does what it is told and reports what happens. No
// sockets, signals, threads or clocks of its own, so that many run in one thread under simulation.
//
// Control loop's thread only, but for the TaskEvents half (slot threads), which only posts.
// Destroying it cancels its tasks and waits for their slots.
#pragma once

#include <kj/async.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "config/configuration.h"
#include "protocol/messages.h"
#include "rpc/guard.h"
#include "rpc/message_stream.h"
#include "rpc/peer.h"
#include "rpc/process_environment.h"
#include "task/task_host.h"
#include "wire/flink.capnp.h"

namespace flink::taskmanager {

// What define_job may depend on, and what it makes. Called on a helper; throws Error.
struct JobInput {
  std::vector<std::string> arguments;
  std::map<std::string, std::string> files;
  config::Configuration configuration;
};
struct BuiltJob {
  std::shared_ptr<const graph::JobGraph> graph;
  std::string description;
};
using JobBuilder = std::function<BuiltJob(const JobInput&)>;

using TaskHostFactory = std::function<std::unique_ptr<task::TaskHost>(
    const task::TaskEnvironment&, std::shared_ptr<const graph::JobGraph>,
    const config::Configuration&, const task::TaskHost::JobInfo&, int slots, task::TaskEvents&)>;

struct TaskManagerOptions {
  base::Address jobmanager;
  std::string host = "localhost";  // where others find it; taskmanager.host
  std::string build_id, abi;       // of this executable
  std::string token;               // from the driver that started it
  std::uint64_t process_id = 0;
  int cpu_cores = 1;
  std::uint64_t physical_memory = 0;
  JobBuilder build_job;
  // Set on this TaskManager itself: wins over what the JobManager sends.
  config::Configuration own_configuration;
  // After the connection was lost: register again as long as somebody listens there (standalone),
  // or end (a child process).
  bool reconnect = false;
  TaskHostFactory make_task_host = task::make_task_host;
  std::function<std::uint64_t()> resident_memory = [] { return std::uint64_t{0}; };
};

enum class TaskManagerEnd : unsigned char {
  job_ended,        // told so by the JobManager
  refused,          // another build, another graph, ...
  jobmanager_lost,  // gone, silent or never found
  task_stuck,       // a task did not end on cancel: only the end of the process ends it
};

class TaskManagerListener {
 public:
  virtual ~TaskManagerListener() = default;
  // Once, from the loop; the TaskManager does nothing any more and may be destroyed afterwards.
  virtual void ended(TaskManagerEnd end, const std::string& reason) = 0;
};

class TaskManager final : private task::TaskEvents, private kj::TaskSet::ErrorHandler {
 public:
  TaskManager(const rpc::ProcessEnvironment& process, TaskManagerOptions options,
              TaskManagerListener& listener);
  ~TaskManager() noexcept override;

  void start();
  const std::string& id() const { return id_; }

 private:
  class Server;
  struct Link {
    TaskManager* taskmanager = nullptr;
  };
  struct Attempt {
    std::string name;
    bool cancelling = false;
    base::TimePoint cancel_since;
    base::TimePoint next_warning;
  };

  // TaskEvents: slot threads
  void state_changed(const base::AttemptId& id, task::TaskState state,
                     task::TaskFailure failure) override;
  void operator_event(const base::AttemptId& id, const base::OperatorId& op,
                      std::string event) override;
  void checkpoint_acknowledged(protocol::CheckpointAck ack) override;
  void checkpoint_declined(protocol::CheckpointDecline decline) override;
  void taskFailed(kj::Exception&& exception) override;

  // Registration
  kj::Promise<void> connect();
  kj::Promise<void> register_with(kj::Own<kj::AsyncIoStream> stream);
  kj::Promise<void> retry(const std::string& why);
  void registered(wire::JobManager::RegisterTaskManagerResults::Reader answer);
  void accept(const protocol::JobAssignment& assignment);
  void build_finished(std::uint64_t generation, BuiltJob job, const std::string& failure);
  void offer(const BuiltJob& job);
  void give_up(const std::string& reason);
  // Life
  void watch_jobmanager();
  void jobmanager_lost(const std::string& reason);
  void end(TaskManagerEnd end, const std::string& reason);
  // Work
  void deliver(wire::TaskManager::DeliverParams::Reader call);
  void on_command(protocol::Command command);
  void deploy(protocol::TaskDeployment deployment);
  void cancel(const base::AttemptId& id);
  protocol::TaskManagerHealth health();
  // From any thread: unless the attempt has ended meanwhile.
  void report_later(const base::AttemptId& id, protocol::Report report);
  void report(const protocol::Report& report);
  void watch_cancels();
  void log_restored(const base::AttemptId& id);

  rpc::ProcessEnvironment process_;
  TaskManagerOptions options_;
  TaskManagerListener& listener_;
  std::string id_;
  rpc::Guard guard_;
  std::shared_ptr<Link> link_;
  bool ended_ = false;
  bool was_registered_ = false;  // nobody listening is an answer from then on
  base::TimePoint registering_since_;
  base::Duration retry_delay_{};
  // Of the present registration; replaced as a whole when the connection is lost.
  std::uint64_t generation_ = 0;
  std::uint64_t epoch_ = 0;
  base::JobId job_;
  config::Configuration configuration_;
  kj::Own<rpc::Peer> peer_;
  kj::Maybe<wire::JobMaster::Client> job_master_;
  // What comes before the answer to the registration waits for that.
  kj::Maybe<kj::ForkedPromise<void>> registration_;
  std::unique_ptr<rpc::MessageReceiver> receiver_;
  base::TimePoint last_heartbeat_;
  std::uint64_t watch_ = 0;  // the newest; older ones end
  std::shared_ptr<const graph::JobGraph> graph_;
  std::map<base::AttemptId, Attempt> attempts_;
  std::vector<std::string> stuck_;
  bool cancels_watched_ = false;
  std::unique_ptr<rpc::MessageSender> sender_;
  std::unique_ptr<task::TaskHost> host_;
  kj::TaskSet tasks_;  // last: its tasks refer to the rest
};

}  // namespace flink::taskmanager
