// SPDX-License-Identifier: Apache-2.0
// The JobManager's side of its coordinators: what they answer on their threads comes to the control
// loop here, and events for subtasks wait until checkpoints let them go (held_events.h). Control
// loop's thread, but for the CoordinatorListener half, which only posts.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "checkpoint/restore_point.h"
#include "jobmanager/coordinator_host.h"
#include "jobmanager/held_events.h"
#include "jobmanager/job_context.h"
#include "rpc/guard.h"

namespace flink::jobmanager {

class CheckpointService;
class TaskRouting;

class Coordination final : private CoordinatorListener {
 public:
  Coordination(const JobContext& context, CheckpointService& checkpoints, TaskRouting& tasks);

  CoordinatorHost& host() { return host_; }
  const CoordinatorHost& host() const { return host_; }
  // Makes the coordinators anew. Null: from the beginning.
  void start(const checkpoint::RestorePoint* from);
  // Sends what waited for a checkpoint that is through. True: one goes on, so the pump must follow.
  bool release_events();

 private:
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
  // To the control loop, where the pump follows.
  void post(std::function<void()> function);
  void send(protocol::OperatorEvent event, bool ordered);

  const JobContext& context_;
  CheckpointService& checkpoints_;
  TaskRouting& tasks_;
  rpc::Guard guard_;
  HeldEvents held_events_;
  CoordinatorHost host_;  // last: its threads call the rest
};

}  // namespace flink::jobmanager
