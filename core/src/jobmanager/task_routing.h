// SPDX-License-Identifier: Apache-2.0
// Between the JobManager's parts and the tasks: commands go to where an attempt runs now, reports
// to whom they are for. What is meant for an attempt that has been replaced, or comes of one, is
// dropped. Control loop's thread only.
#pragma once

#include <string>
#include <vector>

#include "checkpoint/coordinator.h"
#include "jobmanager/job_context.h"
#include "jobmanager/taskmanagers.h"

namespace flink::jobmanager {

class CheckpointService;
class Coordination;

class TaskRouting final : public checkpoint::TaskTable, public TaskReports {
 public:
  // The parts may be made later than this.
  TaskRouting(const JobContext& context, TaskManagers& taskmanagers, CheckpointService& checkpoints,
              Coordination& coordination)
      : context_(context),
        taskmanagers_(taskmanagers),
        checkpoints_(checkpoints),
        coordination_(coordination) {}

  void deploy(const action::Deploy& deploy);
  void cancel(const action::CancelTask& cancel);
  void release(const action::ReleasePartition& release);
  void trigger(const base::AttemptId& root, const channels::Barrier& barrier);
  // To every task that runs: what became of that checkpoint.
  void tell(std::int64_t checkpoint_id, bool complete);
  void send_event(protocol::OperatorEvent event);

  std::vector<checkpoint::TaskInfo> checkpoint_tasks() const override;

 private:
  void task_state(const std::string& taskmanager, const protocol::TaskStateUpdate& update) override;
  void task_metrics(const base::AttemptId& id, protocol::TaskMetrics metrics) override;
  void operator_event(protocol::OperatorEvent event) override;
  void checkpoint_acknowledged(protocol::CheckpointAck ack) override;
  void checkpoint_declined(const protocol::CheckpointDecline& decline) override;

  const JobContext& context_;
  TaskManagers& taskmanagers_;
  CheckpointService& checkpoints_;
  Coordination& coordination_;
};

}  // namespace flink::jobmanager
