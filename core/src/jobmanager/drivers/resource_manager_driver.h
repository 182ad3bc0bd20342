// SPDX-License-Identifier: Apache-2.0
// How TaskManagers come to be: child processes (local_driver.h), processes that connect by
// themselves (StandaloneDriver below), simulated ones; later a session, Kubernetes, YARN. Control
// loop's thread only.
#pragma once

#include <optional>
#include <string>

#include "base/network.h"

namespace flink::jobmanager {

// How a process ended, for people.
struct ProcessEnd {
  std::string how;         // "died (signal 11, Segmentation fault)", "ended with exit code 1"
  std::string last_words;  // what it said of its own crash; empty: nothing
};

class DriverEvents {
 public:
  virtual ~DriverEvents() = default;
  // The process started under that token is gone for certain: it writes nothing any more.
  virtual void taskmanager_exited(const std::string& token, const ProcessEnd& end) = 0;
  // There is no process under that token, nor will there be one.
  virtual void taskmanager_not_started(const std::string& token, const std::string& why) = 0;
};

class ResourceManagerDriver {
 public:
  virtual ~ResourceManagerDriver() = default;
  virtual std::string name() const = 0;  // "local", "standalone"
  // Slots there can ever be; nothing when nobody knows.
  virtual std::optional<int> slots_max() const = 0;
  // TaskManagers to start; 0: they come by themselves.
  virtual int taskmanagers_wanted() const = 0;
  // Where the JobManager listens; before anything else. `events` outlives the driver's use.
  virtual void attach(const base::Address& jobmanager, DriverEvents& events) = 0;
  // Starts a TaskManager, which registers under this token in its time. When that cannot be done
  // taskmanager_not_started() is told, never within this call.
  virtual void start_taskmanager(const std::string& token) = 0;
  // Ends it for certain, hung or not; answered by taskmanager_exited (not within this call).
  virtual void kill_taskmanager(const std::string& token) = 0;
  // Where to look when it ended in a strange way: "log/job-taskmanager-1.out"; may be empty.
  virtual std::string log_of(const std::string& token) const = 0;
};

// TaskManagers are started by somebody else and connect.
class StandaloneDriver final : public ResourceManagerDriver {
 public:
  std::string name() const override { return "standalone"; }
  std::optional<int> slots_max() const override { return std::nullopt; }
  int taskmanagers_wanted() const override { return 0; }
  void attach(const base::Address&, DriverEvents&) override {}
  void start_taskmanager(const std::string&) override {}
  void kill_taskmanager(const std::string&) override {}
  std::string log_of(const std::string&) const override { return {}; }
};

}  // namespace flink::jobmanager
