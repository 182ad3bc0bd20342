// SPDX-License-Identifier: Apache-2.0
// The JobManager's face to REST: copies of its state in Flink's words, and what may be asked of it.
// Control loop's thread only.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "jobmanager/job_context.h"
#include "rest/cluster_view.h"

namespace flink::jobmanager {

class CheckpointService;
class Coordination;
class TaskManagers;

class RestView final : public rest::ClusterView {
 public:
  // `end_was_read`: whoever asked for the job's end has read of it; called within a request.
  RestView(const JobContext& context, const TaskManagers& taskmanagers,
           CheckpointService& checkpoints, const Coordination& coordination,
           std::function<void()> end_was_read)
      : context_(context),
        taskmanagers_(taskmanagers),
        checkpoints_(checkpoints),
        coordination_(coordination),
        end_was_read_(std::move(end_was_read)) {}

  // Whoever asked for the job's end has not read of it yet.
  bool answer_unread() const;

  rest::Millis now() const override;
  std::vector<std::string> job_ids() const override;
  std::optional<rest::JobView> job(std::string_view id) const override;
  std::vector<rest::TaskManagerView> taskmanagers() const override;
  std::vector<std::pair<std::string, std::string>> configuration() const override;
  rest::CancelOutcome request_cancel(std::string_view job_id) override;
  rest::CheckpointsView checkpoints(std::string_view id) const override;
  rest::CheckpointConfigView checkpoint_config(std::string_view id) const override;
  rest::OperationStart start_operation(std::string_view id,
                                       rest::OperationRequest request) override;
  std::optional<rest::OperationView> operation(rest::OperationKind kind,
                                               std::string_view trigger) override;

 private:
  rest::VertexView vertex_view(int vertex) const;
  std::vector<rest::ExceptionView> exception_views() const;
  int tasks_in(const SharedSlot& slot) const;

  const JobContext& context_;
  const TaskManagers& taskmanagers_;
  CheckpointService& checkpoints_;
  const Coordination& coordination_;
  std::function<void()> end_was_read_;
  mutable bool end_awaited_ = false;  // whoever asked for it through REST has not read of it yet
};

}  // namespace flink::jobmanager
