// SPDX-License-Identifier: Apache-2.0
// The documents of one job.
#include <algorithm>

#include "rest/render.h"

namespace flink::rest {
namespace {

// The order in which Flink lists the states of a job.
constexpr std::string_view job_states[] = {"RUNNING",      "FINISHED", "FAILED",     "SUSPENDED",
                                           "CANCELED",     "FAILING",  "CANCELLING", "RECONCILING",
                                           "INITIALIZING", "CREATED",  "RESTARTING"};

void render_vertex_summary(JsonWriter& json, const VertexView& vertex, Millis now) {
  const auto attempts = pointers(vertex.subtasks);
  const Span span = span_of(attempts, now);
  json.begin_object().member("id", vertex.id);
  json.member("slotSharingGroupId", vertex.slot_sharing_group_id).member("name", vertex.name);
  json.member("maxParallelism", vertex.max_parallelism).member("parallelism", vertex.parallelism);
  json.member("status", aggregate_state(vertex)).member("start-time", span.start);
  json.member("end-time", span.end).member("duration", span.duration);
  render_task_counts(json.key("tasks"), attempts);
  render_io_metrics(json.key("metrics"), sum_of(attempts));
  json.end_object();
}

void render_plan_object(JsonWriter& json, const JobView& job) {
  json.begin_object().member("jid", job.id).member("name", job.name).member("type", job.type);
  json.key("nodes").begin_array();
  for (const PlanNode& node : job.plan) {
    json.begin_object().member("id", node.id).member("operator", "");
    json.member("parallelism", node.parallelism).member("operator_strategy", "");
    json.member("description", node.description);
    json.key("optimizer_properties").begin_object().end_object();
    if (!node.inputs.empty()) {
      json.key("inputs").begin_array();
      for (const auto& input : node.inputs) {
        json.begin_object().member("id", input.id).member("num", input.num);
        json.member("exchange", input.exchange).member("ship_strategy", input.ship_strategy);
        json.end_object();
      }
      json.end_array();
    }
    json.end_object();
  }
  json.end_array().end_object();
}

void render_exception_members(JsonWriter& json, const ExceptionView& exception) {
  json.member("exceptionName", exception.name).member("stacktrace", exception.stacktrace);
  json.member("timestamp", exception.timestamp);
  json.key("failureLabels").begin_object().end_object();
  if (exception.task_name.empty()) return;
  json.member("taskName", exception.task_name).member("endpoint", exception.endpoint);
  json.member("taskManagerId", exception.taskmanager_id);
}

void render_watermark_holders(JsonWriter& json, const std::vector<WatermarkHolderView>& holders) {
  json.begin_array();
  for (const auto& holder : holders) {
    json.begin_object().member("vertex-id", holder.vertex_id);
    json.member("vertex-name", holder.vertex_name).key("held-back-by").begin_object();
    json.member("vertex-id", holder.holder_id).member("vertex-name", holder.holder_name);
    json.member("operator", holder.operator_name).member("subtask", holder.subtasks.front());
    json.key("subtasks").begin_array();
    for (const auto subtask : holder.subtasks) json.value(subtask);
    json.end_array().key("sources").begin_array();
    for (const auto& source : holder.sources) json.value(source);
    json.end_array();
    if (!holder.split.empty()) json.member("split", holder.split);
    json.member("watermark", holder.watermark).member("since", holder.since);
    json.end_object().member("advice", holder.advice).end_object();
  }
  json.end_array();
}

}  // namespace

bool is_terminal_job_state(std::string_view state) {
  return state == "FINISHED" || state == "CANCELED" || state == "FAILED";
}

void render_job(JsonWriter& json, const JobView& job, Millis now) {
  json.begin_object().member("jid", job.id).member("application-id", job.id);
  json.member("name", job.name).member("isStoppable", false).member("state", job.state);
  json.member("job-type", job.type).member("schedulerType", "Default");
  json.member("start-time", job.start_time).member("end-time", job.end_time);
  json.member("duration", (job.end_time > 0 ? job.end_time : now) - job.start_time);
  json.member("maxParallelism", job.max_parallelism).member("now", now);
  json.key("timestamps").begin_object();
  for (std::string_view state : job_states) json.member(state, time_of(job.timestamps, state));
  json.end_object().key("vertices").begin_array();
  for (const VertexView& vertex : job.vertices) render_vertex_summary(json, vertex, now);
  json.end_array().key("status-counts").begin_object();
  for (std::string_view state : task_states) {
    json.member(state, std::count_if(job.vertices.begin(), job.vertices.end(),
                                     [&](const auto& v) { return aggregate_state(v) == state; }));
  }
  json.end_object();
  render_plan_object(json.key("plan"), job);
  json.member("pending-operators", 0);
  if (!job.watermark_holders.empty()) {
    render_watermark_holders(json.key("event-time"), job.watermark_holders);
  }
  if (!job.read_once_inputs.empty()) {
    json.key("read-once-inputs").begin_array();
    for (const auto& path : job.read_once_inputs) json.value(path);
    json.end_array();
  }
  json.end_object();
}

void render_job_plan(JsonWriter& json, const JobView& job) {
  json.begin_object();
  render_plan_object(json.key("plan"), job);
  json.end_object();
}

void render_job_config(JsonWriter& json, const JobView& job) {
  json.begin_object().member("jid", job.id).member("name", job.name);
  json.key("execution-config").begin_object();
  json.member("restart-strategy", job.restart_strategy).member("job-parallelism", job.parallelism);
  json.member("object-reuse-mode", false).key("user-config").begin_object();
  for (const auto& [key, value] : job.user_config) json.member(key, value);
  json.end_object().end_object().end_object();
}

void render_execution_result(JsonWriter& json, const JobView& job) {
  json.begin_object().key("status").begin_object();
  if (!is_terminal_job_state(job.state)) {
    json.member("id", "IN_PROGRESS").end_object().end_object();
    return;
  }
  json.member("id", "COMPLETED").end_object().key("job-execution-result").begin_object();
  json.member("id", job.id).member("name", job.name);
  json.member("application-status", job.state == "FINISHED" ? "SUCCEEDED" : job.state);
  json.key("accumulator-results").begin_object().end_object();
  json.member("net-runtime", job.end_time - job.start_time);
  if (job.state == "FAILED" && !job.exceptions.empty()) {
    json.key("failure-cause").begin_object().member("class", job.exceptions.front().name);
    json.member("stack-trace", job.exceptions.front().stacktrace);
    json.member("serialized-throwable", "").end_object();
  }
  json.member("application-id", job.id).member("start-time", job.start_time);
  json.member("end-time", job.end_time).end_object().end_object();
}

void render_exceptions(JsonWriter& json, const JobView& job, std::size_t max_entries) {
  json.begin_object().key("exceptionHistory").begin_object().key("entries").begin_array();
  const std::size_t shown = std::min(max_entries, job.exceptions.size());
  for (std::size_t i = 0; i < shown; ++i) {
    json.begin_object();
    render_exception_members(json, job.exceptions[i]);
    json.key("concurrentExceptions").begin_array();
    for (const ExceptionView& concurrent : job.exceptions[i].concurrent) {
      json.begin_object();
      render_exception_members(json, concurrent);
      json.end_object();
    }
    json.end_array().end_object();
  }
  const bool truncated = job.exceptions_truncated || shown < job.exceptions.size();
  json.end_array().member("truncated", truncated).end_object().end_object();
}

}  // namespace flink::rest
