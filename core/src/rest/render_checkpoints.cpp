// SPDX-License-Identifier: Apache-2.0
// The documents about checkpoints.
#include "base/path.h"
#include "rest/render.h"

namespace flink::rest {
namespace {

void render_summary(JsonWriter& json, const SummaryView& summary) {
  json.begin_object().member("min", summary.min).member("max", summary.max);
  json.member("avg", summary.avg);
  const std::pair<const char*, double> percentiles[] = {{"p50", summary.p50},
                                                        {"p90", summary.p90},
                                                        {"p95", summary.p95},
                                                        {"p99", summary.p99},
                                                        {"p999", summary.p999}};
  for (const auto& [name, value] : percentiles) {
    if (summary.percentiles) json.member(name, value);
    else json.member(name, "NaN");
  }
  json.end_object();
}

template <class Member>
SummaryView summary_over(const CheckpointVertexView& vertex, Member member) {
  std::vector<std::int64_t> values;
  for (const auto& subtask : vertex.subtasks) {
    values.push_back(static_cast<std::int64_t>(subtask.*member));
  }
  auto out = summary_of(std::move(values));
  out.percentiles = false;  // Flink knows none here
  return out;
}

// What stands both for a checkpoint and for one of its vertices.
struct Totals {
  std::int64_t latest_ack = -1, duration = 0;
  std::uint64_t checkpointed = 0, state = 0, processed = 0, persisted = 0;
  std::int32_t subtasks = 0, acknowledged = 0;
};

Totals totals_of(const CheckpointVertexView& vertex) {
  Totals out;
  out.subtasks = vertex.parallelism;
  for (const auto& one : vertex.subtasks) {
    out.latest_ack = std::max(out.latest_ack, one.ack_timestamp);
    out.duration = std::max(out.duration, one.end_to_end_duration);
    out.checkpointed += one.checkpointed_size;
    out.state += one.state_size;
    out.processed += one.processed_data;
    out.persisted += one.persisted_data;
    ++out.acknowledged;
  }
  return out;
}

void render_totals(JsonWriter& json, const Totals& totals) {
  json.member("latest_ack_timestamp", totals.latest_ack);
  json.member("checkpointed_size", totals.checkpointed).member("state_size", totals.state);
  json.member("end_to_end_duration", totals.duration).member("alignment_buffered", 0);
  json.member("processed_data", totals.processed).member("persisted_data", totals.persisted);
  json.member("num_subtasks", totals.subtasks);
  json.member("num_acknowledged_subtasks", totals.acknowledged);
}

void render_subtask(JsonWriter& json, const CheckpointSubtaskView* subtask, std::int32_t index) {
  json.begin_object();
  if (subtask == nullptr) {
    json.member("className", "pending").member("index", index);
    json.member("status", "pending_or_failed").end_object();
    return;
  }
  json.member("className", "completed").member("index", index);
  json.member("ack_timestamp", subtask->ack_timestamp);
  json.member("end_to_end_duration", subtask->end_to_end_duration);
  json.member("checkpointed_size", subtask->checkpointed_size);
  json.member("state_size", subtask->state_size);
  json.key("checkpoint").begin_object().member("sync", subtask->sync_duration);
  json.member("async", subtask->async_duration).end_object();
  json.key("alignment").begin_object().member("buffered", 0);
  json.member("processed", subtask->processed_data).member("persisted", subtask->persisted_data);
  json.member("duration", subtask->alignment_duration).end_object();
  json.member("start_delay", subtask->start_delay);
  json.member("unaligned_checkpoint", subtask->unaligned).member("aborted", false);
  json.member("status", "completed").end_object();
}

void render_subtask_summary(JsonWriter& json, const CheckpointVertexView& vertex) {
  using V = CheckpointSubtaskView;
  json.begin_object();
  render_summary(json.key("checkpointed_size"), summary_over(vertex, &V::checkpointed_size));
  render_summary(json.key("state_size"), summary_over(vertex, &V::state_size));
  render_summary(json.key("end_to_end_duration"), summary_over(vertex, &V::end_to_end_duration));
  json.key("checkpoint_duration").begin_object();
  render_summary(json.key("sync"), summary_over(vertex, &V::sync_duration));
  render_summary(json.key("async"), summary_over(vertex, &V::async_duration));
  json.end_object().key("alignment").begin_object();
  render_summary(json.key("buffered"), {});
  render_summary(json.key("processed"), summary_over(vertex, &V::processed_data));
  render_summary(json.key("persisted"), summary_over(vertex, &V::persisted_data));
  render_summary(json.key("duration"), summary_over(vertex, &V::alignment_duration));
  json.end_object();
  render_summary(json.key("start_delay"), summary_over(vertex, &V::start_delay));
  json.end_object();
}

void render_or_null(JsonWriter& json, const std::optional<CheckpointView>& one) {
  if (one) render_checkpoint(json, *one, false);
  else json.null();
}

}  // namespace

void render_checkpoint_vertex(JsonWriter& json, const CheckpointView& checkpoint,
                              const CheckpointVertexView& vertex, bool subtasks) {
  const auto totals = totals_of(vertex);
  json.begin_object().member("id", checkpoint.id);
  json.member("status", totals.acknowledged == totals.subtasks ? std::string{"COMPLETED"}
                                                               : checkpoint.status);
  render_totals(json, totals);
  if (subtasks) {
    render_subtask_summary(json.key("summary"), vertex);
    json.key("subtasks").begin_array();
    auto next = vertex.subtasks.begin();
    for (std::int32_t i = 0; i < vertex.parallelism; ++i) {
      const bool there = next != vertex.subtasks.end() && next->index == i;
      render_subtask(json, there ? &*next : nullptr, i);
      if (there) ++next;
    }
    json.end_array();
  }
  json.end_object();
}

void render_checkpoint(JsonWriter& json, const CheckpointView& one, bool tasks) {
  const bool completed = one.status == "COMPLETED";
  json.begin_object();
  json.member("className", completed                ? "completed"
                           : one.status == "FAILED" ? "failed"
                                                    : "in_progress");
  json.member("id", one.id).member("status", one.status).member("is_savepoint", one.savepoint);
  json.key("savepointFormat");
  if (one.savepoint) json.value("CANONICAL");
  else json.null();
  json.member("trigger_timestamp", one.trigger_timestamp);
  render_totals(json, {one.latest_ack_timestamp, one.end_to_end_duration, one.checkpointed_size,
                       one.state_size, one.processed_data, one.persisted_data, one.subtasks,
                       one.acknowledged_subtasks});
  json.member("checkpoint_type", one.type).key("tasks").begin_object();
  for (const auto& vertex : one.vertices) {
    if (tasks) render_checkpoint_vertex(json.key(vertex.id), one, vertex, false);
  }
  json.end_object();
  if (completed) {
    json.member("external_path", base::Path{one.external_path}.uri());
    json.member("discarded", one.discarded);
  } else if (one.status == "FAILED") {
    json.member("failure_timestamp", one.failure_timestamp);
    json.member("failure_message", one.failure_message);
  }
  json.end_object();
}

void render_checkpoints(JsonWriter& json, const CheckpointsView& view) {
  json.begin_object().key("counts").begin_object().member("restored", view.restored);
  json.member("total", view.total).member("in_progress", view.in_progress);
  json.member("completed", view.completed).member("failed", view.failed).end_object();
  json.key("summary").begin_object();
  render_summary(json.key("checkpointed_size"), view.checkpointed_size);
  render_summary(json.key("state_size"), view.state_size);
  render_summary(json.key("end_to_end_duration"), view.end_to_end_duration);
  auto none = view.processed_data;
  none.min = none.max = none.avg = 0;
  none.p50 = none.p90 = none.p95 = none.p99 = none.p999 = 0;
  render_summary(json.key("alignment_buffered"), none);
  render_summary(json.key("processed_data"), view.processed_data);
  render_summary(json.key("persisted_data"), view.persisted_data);
  json.end_object().key("latest").begin_object();
  render_or_null(json.key("completed"), view.latest_completed);
  render_or_null(json.key("savepoint"), view.latest_savepoint);
  render_or_null(json.key("failed"), view.latest_failed);
  json.key("restored");
  if (const auto& restored = view.latest_restored) {
    json.begin_object().member("id", restored->id);
    json.member("restore_timestamp", restored->restore_timestamp);
    json.member("is_savepoint", restored->savepoint);
    json.member("external_path", base::Path{restored->external_path}.uri()).end_object();
  } else {
    json.null();
  }
  json.end_object().key("history").begin_array();
  for (const auto& one : view.history) render_checkpoint(json, one, false);
  json.end_array().end_object();
}

void render_checkpoint_config(JsonWriter& json, const CheckpointConfigView& config) {
  json.begin_object().member("mode", config.exactly_once ? "exactly_once" : "at_least_once");
  json.member("interval", config.interval).member("timeout", config.timeout);
  json.member("min_pause", config.min_pause).member("max_concurrent", config.max_concurrent);
  json.key("externalization").begin_object().member("enabled", config.externalized);
  json.member("delete_on_cancellation", config.delete_on_cancellation).end_object();
  json.member("state_backend", config.state_backend).member("checkpoint_storage", config.storage);
  json.member("unaligned_checkpoints", config.unaligned);
  json.member("tolerable_failed_checkpoints", config.tolerable_failures);
  json.member("aligned_checkpoint_timeout", config.aligned_timeout);
  json.member("checkpoints_after_tasks_finish", config.after_tasks_finish);
  json.member("state_changelog_enabled", false);
  json.member("changelog_periodic_materialization_interval", 600000);
  json.member("changelog_storage", "memory").end_object();
}

}  // namespace flink::rest
