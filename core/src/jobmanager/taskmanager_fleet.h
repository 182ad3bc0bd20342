// SPDX-License-Identifier: Apache-2.0
// The TaskManager processes that the JobManager starts for itself: as many as the driver wants, a
// lost one replaced at once; one that cannot be started tried again after a growing pause; none any
// more when they die before they register, or cannot be started, too often in a row. Sans-io but
// for the driver.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "jobmanager/drivers/resource_manager_driver.h"

namespace flink::jobmanager {

class TaskManagerFleet {
 public:
  explicit TaskManagerFleet(ResourceManagerDriver& driver) : driver_(driver) {}

  // Starts what is missing, unless a pause is on.
  void fill(base::TimePoint now);
  // There is no process under that token.
  void not_started(const std::string& token, const std::string& why, base::TimePoint now);
  // The end of the pause after a start that failed: fill() then.
  base::TimePoint next_timer() const;
  // Replaces nothing any more.
  void stop() { stopped_ = true; }
  // A process has registered under that token; false: no such process.
  bool registered(const std::string& token, const std::string& taskmanager);
  bool ready(const std::string& token);  // offered its slots: it starts well
  void kill(const std::string& token);
  void kill_all();
  struct Exit {
    std::string taskmanager;  // empty: it had not registered
    std::string how;          // with its last words
    std::string hint;         // where to read more; that it was not the first to end so
  };
  std::optional<Exit> exited(const std::string& token, const ProcessEnd& end);
  // Too many were not started, or died before they were ready, in a row: the text to fail with.
  std::string give_up_reason() const;
  std::vector<std::string> unregistered() const;  // tokens
  bool empty() const { return processes_.empty(); }
  bool knows(const std::string& token) const { return processes_.contains(token); }

 private:
  struct Process {
    std::string taskmanager;
    bool ready = false;
  };
  ResourceManagerDriver& driver_;
  std::map<std::string, Process> processes_;  // by token
  int started_ = 0;
  int failed_starts_ = 0;  // in a row; those of one pause are one
  std::string last_failed_start_;
  base::TimePoint retry_at_;
  int early_deaths_ = 0;  // in a row
  std::string last_early_death_;
  std::string last_crash_;  // what was said of it, whatever the attempt
  int same_crashes_ = 0;    // in a row
  bool stopped_ = false;
};

}  // namespace flink::jobmanager
