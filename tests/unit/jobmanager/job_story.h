// SPDX-License-Identifier: Apache-2.0
// A JobMaster whose actions are read as short words: one story a test case.
#pragma once

#include <string>
#include <vector>

#include "jobmanager/job_master.h"
#include "test_graphs.h"

namespace flink::test {

using protocol::TaskState;

inline jobmanager::JobMasterOptions with_restarts(int attempts = 10) {
  jobmanager::JobMasterOptions out;
  out.restart.type = config::RestartStrategy::Type::fixed_delay;
  out.restart.attempts = attempts;
  out.restart.delay = std::chrono::milliseconds{100};
  out.slot_request_timeout = std::chrono::minutes{5};
  return out;
}

struct Story {
  base::SeededRandom random{1};
  jobmanager::Instant now{{std::chrono::seconds{1}}, 1000};
  jobmanager::JobMaster master;

  explicit Story(const GraphShape& shape, jobmanager::JobMasterOptions options = with_restarts())
      : master(make_graph(shape), std::move(options), random, now) {}

  void later(base::Duration by) {
    now.at = now.at + by;
    now.wall_millis += std::chrono::duration_cast<std::chrono::milliseconds>(by).count();
  }
  // The actions since the last call, in short words.
  std::vector<std::string> told() {
    std::vector<std::string> out;
    for (auto& a : master.take_actions()) {
      struct Visitor {
        static std::string name(const base::AttemptId& id) {
          return std::to_string(id.vertex.low - 1) + "." + std::to_string(id.subtask) + "#" +
                 std::to_string(id.attempt);
        }
        std::string operator()(const jobmanager::action::StartCoordinators&) { return "start"; }
        std::string operator()(const jobmanager::action::Deploy& d) {
          return "deploy " + name(d.deployment.id) + " " + d.taskmanager + "/" +
                 std::to_string(d.deployment.slot);
        }
        std::string operator()(const jobmanager::action::CancelTask& c) {
          return "cancel " + name(c.id);
        }
        std::string operator()(const jobmanager::action::ReleasePartition& r) {
          return "release " + name(r.id) + " " + r.taskmanager;
        }
        std::string operator()(const jobmanager::action::SubtaskReady& r) {
          return "ready " + name(r.id);
        }
        std::string operator()(const jobmanager::action::SubtaskReset& r) {
          return "reset " + name(r.id);
        }
        std::string operator()(const jobmanager::action::LastCheckpoint&) {
          return "last checkpoint";
        }
        std::string operator()(const jobmanager::action::Commit&) { return "commit"; }
        std::string operator()(const jobmanager::action::EndRetries&) { return "end retries"; }
        std::string operator()(const jobmanager::action::Abort&) { return "abort"; }
        std::string operator()(const jobmanager::action::StatusChanged& s) {
          return jobmanager::job_status_name(s.status);
        }
      };
      out.push_back(std::visit(Visitor{}, a));
    }
    return out;
  }
  base::AttemptId current(int vertex, int subtask) const {
    return master.executions().subtask(vertex, subtask).current.id;
  }
  void report(int vertex, int subtask, TaskState state, protocol::TaskFailure failure = {}) {
    const auto& execution = master.executions().subtask(vertex, subtask).current;
    master.task_state(execution.place.taskmanager, {execution.id, state, failure, {}}, now);
  }
  void join(const std::string& id, int slots) {
    master.taskmanager_joined(id, slots, {"host", 1}, now);
  }
  void start() {
    master.start(now);
    master.coordinators_started(now);
  }
};

using Words = std::vector<std::string>;

}  // namespace flink::test
