// SPDX-License-Identifier: Apache-2.0
// A job's whole cluster within one process and one control loop: the JobManager and the
// TaskManagers that separate processes run, RPC over in-memory pipes. For `--local` (a debugger),
// and for tests. Control loop's thread only. Destroying it cancels what runs and waits for the
// slots.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "api/job_definition.h"
#include "jobmanager/job_manager.h"
#include "minicluster/pipe_network.h"
#include "minicluster/submission.h"
#include "taskmanager/task_manager.h"

namespace flink::minicluster {

class LocalCluster final : private jobmanager::ResourceManagerDriver {
 public:
  struct Job {
    jobmanager::JobSubmission submission;
    taskmanager::JobBuilder builder;
    int taskmanagers = 1;
    int slots = 1;  // of each
  };
  // The TaskManagers meet on the process's network; its RPC network stays unused.
  LocalCluster(const rpc::ProcessEnvironment& process, Job job, jobmanager::JobListener& listener);
  ~LocalCluster() noexcept override;

  // Throws Error as JobManager::start does.
  void start();
  jobmanager::JobManager& jobmanager() { return *jobmanager_; }

  // For tests: ends that TaskManager as a crash would, tasks and connections at once;
  // nothing when there are fewer now.
  void crash_taskmanager(std::size_t index);
  std::size_t taskmanagers_alive() const { return members_.size(); }

 private:
  class Member;

  std::string name() const override { return "in-process"; }
  std::optional<int> slots_max() const override { return job_.taskmanagers * job_.slots; }
  int taskmanagers_wanted() const override { return job_.taskmanagers; }
  void attach(const base::Address& address, jobmanager::DriverEvents& events) override;
  void start_taskmanager(const std::string& token) override;
  void kill_taskmanager(const std::string& token) override;
  std::string log_of(const std::string&) const override { return {}; }
  void remove(const std::string& token, const std::string& how);

  Job job_;
  PipeNetwork pipes_;
  rpc::ProcessEnvironment process_;  // with the pipes as its RPC network
  rpc::Guard guard_;
  base::Address address_;
  ha::FileHaServices ha_;
  jobmanager::DriverEvents* events_ = nullptr;
  int started_ = 0;
  std::map<std::string, std::unique_ptr<Member>> members_;  // by token
  std::unique_ptr<jobmanager::JobManager> jobmanager_;
};

}  // namespace flink::minicluster
