// SPDX-License-Identifier: Apache-2.0
// TaskManagers as child processes of the JobManager: this same executable, started anew. A child
// dies with its JobManager (PR_SET_PDEATHSIG), shares its stdout, and writes stderr to its log
// file. The JobManager's thread must be the one that made the driver: the death signal follows the
// thread.
#pragma once

#include <kj/io.h>
#include <sys/types.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/log.h"
#include "jobmanager/drivers/resource_manager_driver.h"
#include "rpc/real_control_loop.h"

namespace flink::jobmanager {

struct LocalDriverOptions {
  std::string program;  // argv[0]: what ps shows
  int taskmanagers = 1;
  int slots = 1;  // of each
  std::string log_directory;
  std::function<std::string(const std::string& token)> log_path;  // its messages go there
  std::string log_level;
};

class LocalDriver final : public ResourceManagerDriver, private kj::TaskSet::ErrorHandler {
 public:
  LocalDriver(rpc::RealControlLoop& loop, LocalDriverOptions options, base::Log& log);
  ~LocalDriver() noexcept override;  // kills and collects what is left

  std::string name() const override { return "local"; }
  std::optional<int> slots_max() const override { return options_.taskmanagers * options_.slots; }
  int taskmanagers_wanted() const override { return options_.taskmanagers; }
  void attach(const base::Address& jobmanager, DriverEvents& events) override;
  void start_taskmanager(const std::string& token) override;
  void kill_taskmanager(const std::string& token) override;
  std::string log_of(const std::string& token) const override;

 private:
  struct Child {
    std::string token;
    pid_t known_pid = 0;
    kj::Maybe<pid_t> pid;  // null: collected
    kj::AutoCloseFd last_words;
  };
  void spawn(Child& child);
  void exited(Child& child, int status);
  void taskFailed(kj::Exception&& exception) override;

  rpc::RealControlLoop& loop_;
  LocalDriverOptions options_;
  base::Log& log_;
  base::Address jobmanager_;
  DriverEvents* events_ = nullptr;
  std::map<std::string, std::unique_ptr<Child>> children_;  // by token
  kj::TaskSet tasks_;
};

// A child's descriptor for what it says of its own crash; the driver passes it on.
inline constexpr int last_words_of_child = 3;

// TaskManagers of this machine reach the JobManager over the loopback interface: throws
// Error{resource} when `host` is on it and it is down, rather than that they try for minutes.
void check_loopback(const std::string& host);

// What a child does first: dies with its parent, leaves Ctrl-C and a closed terminal to it. False
// when the parent is gone.
bool become_child(pid_t parent, const std::string& program);

}  // namespace flink::jobmanager
