// SPDX-License-Identifier: Apache-2.0
#include "rest/rest_api.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <set>

#include "base/ids.h"
#include "flink/base/check.h"
#include "rest/call.h"
#include "rest/pages.h"
#include "rest/render.h"

namespace flink::rest {

using flink::detail::concat;

void refuse(int status, std::string_view message) { throw Refusal{error_answer(status, message)}; }

void refuse_parameter(std::string_view kind, std::string_view name, std::string_view value) {
  refuse(400, concat("Bad request, could not parse parameters: Cannot resolve ", kind,
                     " parameter (", name, ") from value \"", value, "\"."));
}

std::string valid_id(const Call& call, std::size_t argument, std::string_view name) {
  const std::string& text = call.arguments[argument];
  const auto id = base::JobId::parse(text);
  if (!id) refuse_parameter("path", name, text);
  return id->hex();
}

JobView job_of(const Call& call) {
  const std::string id = valid_id(call, 0, "jobid");
  auto job = call.view.job(id);
  if (!job) refuse(404, concat("Job ", id, " not found"));
  return *std::move(job);
}

namespace {

std::int32_t valid_number(std::string_view text, std::string_view kind, std::string_view name) {
  std::int32_t value = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < 0) {
    refuse_parameter(kind, name, text);
  }
  return value;
}

VertexView vertex_of(const Call& call) {
  JobView job = job_of(call);
  const std::string id = valid_id(call, 1, "vertexid");
  for (VertexView& vertex : job.vertices) {
    if (vertex.id == id) return std::move(vertex);
  }
  refuse(404, concat("JobVertex ", id, " not found"));
}

AttemptView subtask_of(const Call& call) {
  VertexView vertex = vertex_of(call);
  const auto index =
      static_cast<std::size_t>(valid_number(call.arguments[2], "path", "subtaskindex"));
  if (index >= vertex.subtasks.size()) {
    refuse(404, concat("Invalid subtask index for vertex ", vertex.id));
  }
  return vertex.subtasks[index];
}

AttemptView attempt_of(const Call& call) {
  AttemptView current = subtask_of(call);
  const auto number = valid_number(call.arguments[3], "path", "attempt");
  if (current.attempt == number) return current;
  for (const AttemptView& attempt : vertex_of(call).former) {
    if (attempt.subtask == current.subtask && attempt.attempt == number) return attempt;
  }
  refuse(404, concat("Could not find attempt ", number, " of subtask ", current.subtask));
}

// The names listed in "?get=a,b"; nothing: no such parameter.
std::optional<std::set<std::string>> wanted_metrics(const Call& call) {
  const auto get = call.target.parameter("get");
  if (!get) return std::nullopt;
  std::set<std::string> names;
  for (std::string_view rest = *get; !rest.empty();) {
    const auto end = std::min(rest.find(','), rest.size());
    if (end != 0) names.emplace(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return names;
}

using NamedValues = std::vector<std::pair<std::string, double>>;

// Flink's metrics are texts: "3", "0.25".
std::string metric_text(double value) {
  if (value >= 0x1p63) return std::to_string(INT64_MAX);  // as the last watermark is
  auto text = std::to_string(value);
  text.erase(text.find_last_not_of('0') + 1);
  if (!text.empty() && text.back() == '.') text.pop_back();
  return text;
}

void render_metrics(JsonWriter& json, const Call& call, const NamedValues& metrics) {
  const auto wanted = wanted_metrics(call);
  json.begin_array();
  for (const auto& [name, value] : metrics) {
    if (wanted && !wanted->contains(name)) continue;
    json.begin_object().member("id", name);
    if (wanted) json.member("value", metric_text(value));
    json.end_object();
  }
  json.end_array();
}

void vertex_metrics(Call& call, JsonWriter& json) {
  NamedValues all;
  for (const AttemptView& attempt : vertex_of(call).subtasks) {
    for (const auto& [name, value] : attempt.metrics) {
      all.emplace_back(concat(attempt.subtask, ".", name), value);
    }
  }
  render_metrics(json, call, all);
}

void vertex_watermarks(Call& call, JsonWriter& json) {
  constexpr std::string_view watermark = "currentInputWatermark";
  json.begin_array();
  for (const AttemptView& attempt : vertex_of(call).subtasks) {
    for (const auto& [name, value] : attempt.metrics) {
      if (name != watermark) continue;
      json.begin_object().member("id", concat(attempt.subtask, ".", name));
      json.member("value", metric_text(value)).end_object();
    }
  }
  json.end_array();
}

// Minimum, maximum, average and sum over the subtasks of each metric asked for.
void subtasks_metrics(Call& call, JsonWriter& json) {
  std::map<std::string, std::vector<double>> values;
  for (const AttemptView& attempt : vertex_of(call).subtasks) {
    for (const auto& [name, value] : attempt.metrics) values[name].push_back(value);
  }
  const auto wanted = wanted_metrics(call);
  const std::string kinds =
      concat(",", call.target.parameter("agg").value_or("min,max,avg,sum"), ",");
  const auto asked = [&](const char* kind) {
    return kinds.find(concat(",", kind, ",")) != std::string::npos;
  };
  json.begin_array();
  for (const auto& [name, numbers] : values) {
    if (wanted && !wanted->contains(name)) continue;
    json.begin_object().member("id", name);
    if (wanted) {
      const auto [least, most] = std::minmax_element(numbers.begin(), numbers.end());
      double sum = 0;
      for (double number : numbers) sum += number;
      if (asked("min")) json.member("min", *least);
      if (asked("max")) json.member("max", *most);
      if (asked("avg")) json.member("avg", sum / static_cast<double>(numbers.size()));
      if (asked("sum")) json.member("sum", sum);
    }
    json.end_object();
  }
  json.end_array();
}

void exceptions(Call& call, JsonWriter& json) {
  std::size_t most = 16;
  if (const auto asked = call.target.parameter("maxExceptions")) {
    most = static_cast<std::size_t>(valid_number(*asked, "query", "maxExceptions"));
  }
  render_exceptions(json, job_of(call), most);
}

void taskmanager(Call& call, JsonWriter& json) {
  for (const TaskManagerView& candidate : call.view.taskmanagers()) {
    if (candidate.id == call.arguments[0]) return render_taskmanager(json, candidate);
  }
  throw Refusal{[&] {
    JsonWriter errors;
    errors.begin_object().key("errors").begin_array().value("Internal server error.");
    errors.value(concat("<Exception on server side:\nNo TaskExecutor registered under ",
                        call.arguments[0], ".\n\nEnd of exception on server side>"));
    errors.end_array().end_object();
    return RestAnswer{500, errors.take()};
  }()};
}

void job_accumulators(Call& call, JsonWriter& json) {
  job_of(call);
  json.begin_object().key("job-accumulators").begin_array().end_array();
  json.key("user-task-accumulators").begin_array().end_array();
  json.key("serialized-user-task-accumulators").begin_object().end_object().end_object();
}

void vertex_accumulators(Call& call, JsonWriter& json) {
  json.begin_object().member("id", vertex_of(call).id);
  json.key("user-accumulators").begin_array().end_array().end_object();
}

void cancel(Call& call, JsonWriter& json) {
  const std::string id = valid_id(call, 0, "jobid");
  const std::string_view mode = call.target.parameter("mode").value_or("cancel");
  if (mode == "stop") {
    refuse(308,
           "The termination mode \"stop\" has been removed. For an ungraceful shutdown, please "
           "use \"cancel\" instead.");
  }
  if (mode != "cancel") refuse_parameter("query", "mode", mode);
  if (call.view.request_cancel(id) == CancelOutcome::unknown) {
    refuse(404, concat("Job could not be found. Could not find Flink job (", id, ")"));
  }
  json.begin_object().end_object();
}

struct Route {
  Method method;
  std::string_view pattern;  // a part that starts with ':' matches anything
  void (*handler)(Call&, JsonWriter&);
  int status = 200;
};

constexpr Route routes[] = {
    {Method::get, "/overview", [](Call& c, JsonWriter& j) { render_overview(j, c.view, c.info); }},
    {Method::get, "/config", [](Call& c, JsonWriter& j) { render_dashboard_config(j, c.info); }},
    {Method::get, "/jobs", [](Call& c, JsonWriter& j) { render_jobs(j, c.view); }},
    {Method::get, "/jobs/overview",
     [](Call& c, JsonWriter& j) { render_jobs_overview(j, c.view); }},
    {Method::get, "/jobmanager/config",
     [](Call& c, JsonWriter& j) { render_configuration(j, c.view); }},
    {Method::get, "/taskmanagers", [](Call& c, JsonWriter& j) { render_taskmanagers(j, c.view); }},
    {Method::get, "/taskmanagers/:tmid", taskmanager},
    {Method::get, "/jobs/:jobid",
     [](Call& c, JsonWriter& j) { render_job(j, job_of(c), c.view.now()); }},
    {Method::patch, "/jobs/:jobid", cancel, 202},
    {Method::get, "/jobs/:jobid/status",
     [](Call& c, JsonWriter& j) {
       j.begin_object().member("status", job_of(c).state).end_object();
     }},
    {Method::get, "/jobs/:jobid/plan",
     [](Call& c, JsonWriter& j) { render_job_plan(j, job_of(c)); }},
    {Method::get, "/jobs/:jobid/config",
     [](Call& c, JsonWriter& j) { render_job_config(j, job_of(c)); }},
    {Method::get, "/jobs/:jobid/exceptions", exceptions},
    {Method::get, "/jobs/:jobid/execution-result",
     [](Call& c, JsonWriter& j) { render_execution_result(j, job_of(c)); }},
    {Method::get, "/jobs/:jobid/accumulators", job_accumulators},
    {Method::get, "/jobs/:jobid/jobmanager/config",
     [](Call& c, JsonWriter& j) { job_of(c), render_configuration(j, c.view); }},
    {Method::get, "/jobs/:jobid/checkpoints", checkpoints},
    {Method::post, "/jobs/:jobid/checkpoints", trigger_checkpoint, 202},
    {Method::get, "/jobs/:jobid/checkpoints/config", checkpoint_config},
    {Method::get, "/jobs/:jobid/checkpoints/:triggerid", checkpoint_status},
    {Method::get, "/jobs/:jobid/checkpoints/details/:checkpointid", checkpoint_details},
    {Method::get, "/jobs/:jobid/checkpoints/details/:checkpointid/subtasks/:vertexid",
     checkpoint_subtasks},
    {Method::post, "/jobs/:jobid/savepoints", trigger_savepoint, 202},
    {Method::get, "/jobs/:jobid/savepoints/:triggerid", savepoint_status},
    {Method::post, "/jobs/:jobid/stop", stop_with_savepoint, 202},
    {Method::post, "/savepoint-disposal", dispose_savepoint},
    {Method::get, "/savepoint-disposal/:triggerid", disposal_status},
    {Method::get, "/jobs/:jobid/vertices/:vertexid",
     [](Call& c, JsonWriter& j) { render_vertex(j, vertex_of(c), c.view.now()); }},
    {Method::get, "/jobs/:jobid/vertices/:vertexid/taskmanagers",
     [](Call& c, JsonWriter& j) { render_vertex_taskmanagers(j, vertex_of(c), c.view.now()); }},
    {Method::get, "/jobs/:jobid/vertices/:vertexid/subtasktimes",
     [](Call& c, JsonWriter& j) { render_subtask_times(j, vertex_of(c), c.view.now()); }},
    {Method::get, "/jobs/:jobid/vertices/:vertexid/accumulators", vertex_accumulators},
    {Method::get, "/jobs/:jobid/vertices/:vertexid/metrics", vertex_metrics},
    {Method::get, "/jobs/:jobid/vertices/:vertexid/watermarks", vertex_watermarks},
    {Method::get, "/jobs/:jobid/vertices/:vertexid/subtasks/accumulators",
     [](Call& c, JsonWriter& j) { render_subtask_accumulators(j, vertex_of(c)); }},
    {Method::get, "/jobs/:jobid/vertices/:vertexid/subtasks/metrics", subtasks_metrics},
    {Method::get, "/jobs/:jobid/vertices/:vertexid/subtasks/:subtaskindex",
     [](Call& c, JsonWriter& j) { render_attempt(j, subtask_of(c), c.view.now()); }},
    {Method::get, "/jobs/:jobid/vertices/:vertexid/subtasks/:subtaskindex/metrics",
     [](Call& c, JsonWriter& j) { render_metrics(j, c, subtask_of(c).metrics); }},
    {Method::get, "/jobs/:jobid/vertices/:vertexid/subtasks/:subtaskindex/attempts/:attempt",
     [](Call& c, JsonWriter& j) { render_attempt(j, attempt_of(c), c.view.now()); }},
};

// The ':' parts, when the pattern fits; literal parts are listed before ':' ones above.
std::optional<std::vector<std::string>> match(std::string_view pattern,
                                              const std::vector<std::string>& segments) {
  std::vector<std::string> arguments;
  std::size_t i = 0;
  while (!pattern.empty()) {
    pattern.remove_prefix(1);  // '/'
    const auto part = pattern.substr(0, std::min(pattern.find('/'), pattern.size()));
    pattern.remove_prefix(part.size());
    if (i == segments.size()) return std::nullopt;
    if (part.front() == ':') arguments.push_back(segments[i]);
    else if (part != segments[i]) return std::nullopt;
    ++i;
  }
  if (i != segments.size()) return std::nullopt;
  return arguments;
}

}  // namespace

RestAnswer error_answer(int status, std::string_view message) {
  JsonWriter json;
  json.begin_object().key("errors").begin_array().value(message).end_array().end_object();
  return {status, json.take()};
}

Reply RestApi::handle(Method method, std::string_view target, std::string_view body) {
  const ParsedTarget parsed = parse_target(target);
  if (parsed.status == 414) {
    return {error_answer(
        414, concat("The request target is longer than ", target_bytes_max, " bytes."))};
  }
  if (parsed.status != 200) return {error_answer(400, "Bad request, could not parse the path.")};
  Call call{view_, info_, parsed.target, {}, body};
  bool path_exists = false;
  const auto fits = [&](Method of, std::string_view pattern) {
    auto arguments = match(pattern, parsed.target.segments);
    if (!arguments) return false;
    path_exists = true;
    call.arguments = *std::move(arguments);
    return of == method;
  };
  try {
    for (const Route& route : routes) {
      if (!fits(route.method, route.pattern)) continue;
      JsonWriter json;
      route.handler(call, json);
      return {{route.status, json.take()}};
    }
    for (const Added& added : added_) {
      if (fits(added.method, added.pattern)) return added.handler(call);
    }
  } catch (const Refusal& refusal) {
    return {refusal.answer};
  }
  const std::string& path = parsed.target.path;
  if (path_exists || method != Method::get) return {error_answer(404, concat("Not found: ", path))};
  if (path == "/") return {index_page(view_)};
  if (const Page* page = find_page(path)) return {{200, std::string(page->text), page->type}};
  return {error_answer(404, concat("Unable to load requested file ", path, "."))};
}

}  // namespace flink::rest
