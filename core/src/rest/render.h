// SPDX-License-Identifier: Apache-2.0
// Views as JSON, one function a document of Flink's API. Each appends one value to the writer.
#pragma once

#include <cstdint>
#include <string_view>

#include "json/json_writer.h"
#include "rest/cluster_view.h"
#include "rest/rest_api.h"

namespace flink::rest {

using json::JsonWriter;

bool is_terminal_job_state(std::string_view state);
bool is_terminal_task_state(std::string_view state);
// When the state was entered; 0: never.
Millis time_of(const std::vector<StateTime>& timestamps, std::string_view state);
// The state of a vertex as Flink derives it from its subtasks'.
std::string_view aggregate_state(const VertexView& vertex);

// The cluster.
void render_overview(JsonWriter& json, const ClusterView& view, const RestInfo& info);
void render_dashboard_config(JsonWriter& json, const RestInfo& info);
void render_jobs(JsonWriter& json, const ClusterView& view);
void render_jobs_overview(JsonWriter& json, const ClusterView& view);
void render_configuration(JsonWriter& json, const ClusterView& view);
void render_taskmanagers(JsonWriter& json, const ClusterView& view);
void render_taskmanager(JsonWriter& json, const TaskManagerView& taskmanager);

// One job.
void render_job(JsonWriter& json, const JobView& job, Millis now);
void render_job_plan(JsonWriter& json, const JobView& job);
void render_job_config(JsonWriter& json, const JobView& job);
void render_execution_result(JsonWriter& json, const JobView& job);
void render_exceptions(JsonWriter& json, const JobView& job, std::size_t max_entries);

// Checkpoints.
void render_checkpoints(JsonWriter& json, const CheckpointsView& view);
void render_checkpoint_config(JsonWriter& json, const CheckpointConfigView& config);
// `tasks`: with a member for each vertex.
void render_checkpoint(JsonWriter& json, const CheckpointView& one, bool tasks);
void render_checkpoint_vertex(JsonWriter& json, const CheckpointView& checkpoint,
                              const CheckpointVertexView& vertex, bool subtasks);

// One vertex.
void render_vertex(JsonWriter& json, const VertexView& vertex, Millis now);
void render_vertex_taskmanagers(JsonWriter& json, const VertexView& vertex, Millis now);
void render_subtask_times(JsonWriter& json, const VertexView& vertex, Millis now);
void render_subtask_accumulators(JsonWriter& json, const VertexView& vertex);
void render_attempt(JsonWriter& json, const AttemptView& attempt, Millis now);

// Pieces that several documents share.
void render_io_metrics(JsonWriter& json, const IoMetrics& io);
void render_task_counts(JsonWriter& json, const std::vector<const AttemptView*>& attempts);
std::vector<const AttemptView*> pointers(const std::vector<AttemptView>& attempts);
IoMetrics sum_of(const std::vector<const AttemptView*>& attempts);

// Times of a group of attempts as Flink sums them up: -1 where not yet.
struct Span {
  Millis start = -1;
  Millis end = -1;
  Millis duration = -1;
};
Span span_of(const AttemptView& attempt, Millis now);
Span span_of(const std::vector<const AttemptView*>& attempts, Millis now);

// The order in which Flink lists the states of tasks.
inline constexpr std::string_view task_states[] = {
    "FINISHED",  "SCHEDULED",   "CREATED",      "RUNNING",   "CANCELED",
    "CANCELING", "RECONCILING", "INITIALIZING", "DEPLOYING", "FAILED"};

}  // namespace flink::rest
