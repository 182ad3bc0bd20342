// SPDX-License-Identifier: Apache-2.0
// The documents of one vertex, its subtasks and attempts.
#include <algorithm>
#include <map>

#include "rest/render.h"

namespace flink::rest {
namespace {

constexpr std::string_view unassigned = "(unassigned)";

// States before the end, in the order they are passed through.
constexpr std::string_view live_states[] = {"CREATED", "SCHEDULED", "DEPLOYING", "INITIALIZING",
                                            "RUNNING"};

std::string_view or_unassigned(const std::string& text) {
  return text.empty() ? unassigned : std::string_view(text);
}

// How long the attempt was, or is, in a live state; -1: never.
Millis duration_in(const AttemptView& attempt, std::string_view state, Millis now) {
  const Millis start = time_of(attempt.timestamps, state);
  if (start <= 0) return -1;
  Millis end = attempt.state == state ? now : -1;
  for (const StateTime& other : attempt.timestamps) {
    if (other.state == state || other.at < start) continue;
    // The next state: of two entered in one millisecond, either ends this one at once.
    const bool later =
        other.at > start || std::find(std::begin(live_states), std::end(live_states), other.state) >
                                std::find(std::begin(live_states), std::end(live_states), state);
    if (later && (end < 0 || other.at < end)) end = other.at;
  }
  return end < 0 ? 0 : std::max<Millis>(0, end - start);
}

void render_statistics(JsonWriter& json, std::vector<double> values) {
  std::sort(values.begin(), values.end());
  double sum = 0;
  for (double value : values) sum += value;
  const auto n = static_cast<double>(values.size());
  // Apache Commons Math's percentile, which Flink uses.
  const auto percentile = [&](double p) {
    if (values.empty()) return 0.0;
    const double position = p * (n + 1) / 100;
    if (position < 1) return values.front();
    if (position >= n) return values.back();
    const auto lower = static_cast<std::size_t>(position);
    const double fraction = position - static_cast<double>(lower);
    return values[lower - 1] + fraction * (values[lower] - values[lower - 1]);
  };
  const auto whole = [](double value) { return static_cast<std::int64_t>(value); };
  json.begin_object().member("p25", whole(percentile(25)));
  json.member("min", whole(values.empty() ? 0 : values.front()));
  json.member("avg", whole(values.empty() ? 0 : sum / n));
  json.member("median", whole(percentile(50)));
  json.member("max", whole(values.empty() ? 0 : values.back())).member("sum", whole(sum));
  json.member("p95", whole(percentile(95))).member("p75", whole(percentile(75))).end_object();
}

template <class F>
void render_statistics_of(JsonWriter& json, const std::vector<const AttemptView*>& attempts,
                          F&& f) {
  std::vector<double> values;
  for (const AttemptView* attempt : attempts) values.push_back(static_cast<double>(f(*attempt)));
  render_statistics(json, std::move(values));
}

void render_aggregated(JsonWriter& json, const std::vector<const AttemptView*>& attempts,
                       Millis now) {
  const auto metric = [&](const char* name, auto member) {
    render_statistics_of(json.key(name), attempts,
                         [&](const AttemptView& attempt) { return attempt.io.*member; });
  };
  json.begin_object().key("metrics").begin_object();
  metric("write-records", &IoMetrics::write_records);
  metric("accumulated-backpressured-time", &IoMetrics::back_pressured_ms);
  metric("accumulated-idle-time", &IoMetrics::idle_ms);
  metric("write-bytes", &IoMetrics::write_bytes);
  metric("read-bytes", &IoMetrics::read_bytes);
  metric("read-records", &IoMetrics::read_records);
  metric("accumulated-busy-time", &IoMetrics::busy_ms);
  json.end_object().key("status-duration").begin_object();
  for (const char* state : {"CREATED", "RUNNING", "INITIALIZING", "SCHEDULED", "DEPLOYING"}) {
    render_statistics_of(json.key(state), attempts, [&](const AttemptView& attempt) {
      return duration_in(attempt, state, now);
    });
  }
  json.end_object().end_object();
}

VertexView part_of(const VertexView& vertex, const std::vector<const AttemptView*>& attempts) {
  VertexView part;
  part.parallelism = static_cast<std::int32_t>(attempts.size());
  for (const AttemptView* attempt : attempts) part.subtasks.push_back(*attempt);
  part.id = vertex.id;
  return part;
}

}  // namespace

bool is_terminal_task_state(std::string_view state) {
  return state == "FINISHED" || state == "CANCELED" || state == "FAILED";
}

Millis time_of(const std::vector<StateTime>& timestamps, std::string_view state) {
  for (const StateTime& time : timestamps) {
    if (time.state == state) return std::max<Millis>(0, time.at);
  }
  return 0;
}

std::string_view aggregate_state(const VertexView& vertex) {
  const auto count = [&](std::string_view state) {
    return std::count_if(vertex.subtasks.begin(), vertex.subtasks.end(),
                         [&](const AttemptView& attempt) { return attempt.state == state; });
  };
  for (const char* state : {"FAILED", "CANCELING", "CANCELED", "INITIALIZING", "RUNNING"}) {
    if (count(state) > 0) return state;
  }
  const auto finished = count("FINISHED");
  if (finished == 0) return "CREATED";
  return finished == static_cast<std::ptrdiff_t>(vertex.subtasks.size()) ? "FINISHED" : "RUNNING";
}

std::vector<const AttemptView*> pointers(const std::vector<AttemptView>& attempts) {
  std::vector<const AttemptView*> out;
  for (const AttemptView& attempt : attempts) out.push_back(&attempt);
  return out;
}

IoMetrics sum_of(const std::vector<const AttemptView*>& attempts) {
  IoMetrics sum;
  for (const AttemptView* attempt : attempts) {
    const IoMetrics& io = attempt->io;
    sum.read_bytes += io.read_bytes;
    sum.write_bytes += io.write_bytes;
    sum.read_records += io.read_records;
    sum.write_records += io.write_records;
    sum.back_pressured_ms += io.back_pressured_ms;
    sum.idle_ms += io.idle_ms;
    sum.busy_ms += io.busy_ms;
    sum.complete = sum.complete && io.complete;
  }
  return sum;
}

Span span_of(const AttemptView& attempt, Millis now) {
  Span span;
  const Millis deployed = time_of(attempt.timestamps, "DEPLOYING");
  if (is_terminal_task_state(attempt.state)) span.end = time_of(attempt.timestamps, attempt.state);
  if (deployed == 0) return span;
  span.start = deployed;
  span.duration = (span.end >= 0 ? span.end : now) - deployed;
  return span;
}

Span span_of(const std::vector<const AttemptView*>& attempts, Millis now) {
  Span span;
  bool all_ended = !attempts.empty();
  Millis last = 0;
  for (const AttemptView* attempt : attempts) {
    const Millis deployed = time_of(attempt->timestamps, "DEPLOYING");
    if (deployed > 0 && (span.start < 0 || deployed < span.start)) span.start = deployed;
    all_ended = all_ended && is_terminal_task_state(attempt->state);
    last = std::max(last, time_of(attempt->timestamps, attempt->state));
  }
  if (span.start < 0) return {};
  if (all_ended) span.end = last;
  span.duration = (all_ended ? last : now) - span.start;
  return span;
}

void render_io_metrics(JsonWriter& json, const IoMetrics& io) {
  json.begin_object();
  json.member("read-bytes", io.read_bytes).member("read-bytes-complete", io.complete);
  json.member("write-bytes", io.write_bytes).member("write-bytes-complete", io.complete);
  json.member("read-records", io.read_records).member("read-records-complete", io.complete);
  json.member("write-records", io.write_records).member("write-records-complete", io.complete);
  json.member("accumulated-backpressured-time", io.back_pressured_ms);
  json.member("accumulated-idle-time", io.idle_ms);
  json.member("accumulated-busy-time", static_cast<double>(io.busy_ms)).end_object();
}

void render_task_counts(JsonWriter& json, const std::vector<const AttemptView*>& attempts) {
  json.begin_object();
  for (std::string_view state : task_states) {
    json.member(state, std::count_if(attempts.begin(), attempts.end(),
                                     [&](const AttemptView* a) { return a->state == state; }));
  }
  json.end_object();
}

void render_attempt(JsonWriter& json, const AttemptView& attempt, Millis now) {
  const Span span = span_of(attempt, now);
  json.begin_object().member("subtask", attempt.subtask).member("status", attempt.state);
  json.member("attempt", attempt.attempt).member("endpoint", or_unassigned(attempt.endpoint));
  json.member("start-time", span.start).member("end-time", span.end);
  json.member("duration", span.duration);
  render_io_metrics(json.key("metrics"), attempt.io);
  json.member("taskmanager-id", or_unassigned(attempt.taskmanager_id));
  json.key("status-duration").begin_object();
  for (const char* state : {"SCHEDULED", "CREATED", "RUNNING", "INITIALIZING", "DEPLOYING"}) {
    json.member(state, duration_in(attempt, state, now));
  }
  json.end_object().member("start_time", span.start).end_object();
}

void render_vertex(JsonWriter& json, const VertexView& vertex, Millis now) {
  json.begin_object().member("id", vertex.id).member("name", vertex.name);
  json.member("parallelism", vertex.parallelism).member("maxParallelism", vertex.max_parallelism);
  json.member("now", now).key("subtasks").begin_array();
  for (const AttemptView& attempt : vertex.subtasks) render_attempt(json, attempt, now);
  json.end_array();
  render_aggregated(json.key("aggregated"), pointers(vertex.subtasks), now);
  json.end_object();
}

void render_vertex_taskmanagers(JsonWriter& json, const VertexView& vertex, Millis now) {
  std::map<std::string_view, std::vector<const AttemptView*>> by_endpoint;
  for (const AttemptView& attempt : vertex.subtasks) {
    by_endpoint[or_unassigned(attempt.endpoint)].push_back(&attempt);
  }
  json.begin_object().member("id", vertex.id).member("name", vertex.name).member("now", now);
  json.key("taskmanagers").begin_array();
  for (const auto& [endpoint, attempts] : by_endpoint) {
    const Span span = span_of(attempts, now);
    json.begin_object().member("endpoint", endpoint);
    json.member("status", aggregate_state(part_of(vertex, attempts)));
    json.member("start-time", span.start).member("end-time", span.end);
    json.member("duration", span.duration);
    render_io_metrics(json.key("metrics"), sum_of(attempts));
    render_task_counts(json.key("status-counts"), attempts);
    json.member("taskmanager-id", or_unassigned(attempts.front()->taskmanager_id));
    render_aggregated(json.key("aggregated"), attempts, now);
    json.end_object();
  }
  json.end_array().end_object();
}

void render_subtask_times(JsonWriter& json, const VertexView& vertex, Millis now) {
  json.begin_object().member("id", vertex.id).member("name", vertex.name).member("now", now);
  json.key("subtasks").begin_array();
  for (const AttemptView& attempt : vertex.subtasks) {
    const Millis scheduled = time_of(attempt.timestamps, "SCHEDULED");
    const Millis end =
        is_terminal_task_state(attempt.state) ? time_of(attempt.timestamps, attempt.state) : now;
    json.begin_object().member("subtask", attempt.subtask);
    json.member("endpoint", or_unassigned(attempt.endpoint));
    json.member("duration", scheduled > 0 ? end - scheduled : Millis{-1});
    json.key("timestamps").begin_object();
    for (std::string_view state : task_states)
      json.member(state, time_of(attempt.timestamps, state));
    json.end_object().end_object();
  }
  json.end_array().end_object();
}

void render_subtask_accumulators(JsonWriter& json, const VertexView& vertex) {
  json.begin_object().member("id", vertex.id).member("parallelism", vertex.parallelism);
  json.key("subtasks").begin_array();
  for (const AttemptView& attempt : vertex.subtasks) {
    json.begin_object().member("subtask", attempt.subtask).member("attempt", attempt.attempt);
    json.member("endpoint", or_unassigned(attempt.endpoint));
    json.key("user-accumulators").begin_array().end_array().end_object();
  }
  json.end_array().end_object();
}

}  // namespace flink::rest
