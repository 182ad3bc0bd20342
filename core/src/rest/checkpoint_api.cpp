// SPDX-License-Identifier: Apache-2.0
// The requests about checkpoints and savepoints.
#include <charconv>
#include <optional>

#include "base/ids.h"
#include "flink/base/check.h"
#include "json/json_value.h"
#include "rest/call.h"
#include "rest/render.h"

namespace flink::rest {
namespace {

using flink::detail::concat;
using json::JsonValue;

std::int64_t checkpoint_id_of(const Call& call) {
  const auto& text = call.arguments[1];
  std::int64_t id = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (error != std::errc{} || end != text.data() + text.size() || id < 0) {
    refuse_parameter("path", "checkpointid", text);
  }
  return id;
}

CheckpointView checkpoint_of(const Call& call) {
  const auto job = job_of(call);
  const auto id = checkpoint_id_of(call);
  const auto all = call.view.checkpoints(job.id);
  for (const auto& one : all.history) {
    if (one.id == id) return one;
  }
  for (const auto* one : {&all.latest_completed, &all.latest_savepoint, &all.latest_failed}) {
    if (*one && (*one)->id == id) return **one;
  }
  refuse(404, concat("Could not find checkpointing statistics for checkpoint ", id, "."));
}

// The body as an object; an empty one is empty.
JsonValue body_of(const Call& call) {
  if (call.body.find_first_not_of(" \t\r\n") == std::string_view::npos) return {};
  auto json = JsonValue::parse(call.body);
  if (!json || json->type() != JsonValue::Type::object) {
    refuse(400,
           "Bad request received. Request did not match expected format: the body is no JSON "
           "object.");
  }
  return *std::move(json);
}

std::string text_of(const JsonValue& body, std::string_view key) {
  const auto& value = body[key];
  switch (value.type()) {
    case JsonValue::Type::null:
      return {};
    case JsonValue::Type::string:
      return value.as_string();
    default:
      refuse(400, concat("Bad request received. ", key, " is not a text."));
  }
}

void start(Call& call, std::string_view job, OperationRequest request, const JsonValue& body,
           JsonWriter& json) {
  request.trigger_id = text_of(body, "triggerId");
  if (!request.trigger_id.empty()) {
    const auto id = base::JobId::parse(request.trigger_id);
    if (!id) refuse(400, concat("Bad request received. triggerId is not 32 hexadecimal digits."));
    request.trigger_id = id->hex();
  }
  const auto started = call.view.start_operation(job, std::move(request));
  if (!started.refused.empty()) refuse(400, started.refused);
  json.begin_object().member("request-id", started.trigger_id).end_object();
}

void status(Call& call, std::size_t argument, OperationKind kind, std::string_view what,
            JsonWriter& json) {
  const auto id = valid_id(call, argument, "triggerid");
  const auto operation = call.view.operation(kind, id);
  if (!operation) {
    std::string message = concat("There is no ", what, " operation with triggerId=", id);
    if (argument > 0) message += concat(" for job ", call.arguments[0]);
    refuse(404, message + ".");
  }
  json.begin_object().key("status").begin_object();
  json.member("id", operation->done ? "COMPLETED" : "IN_PROGRESS").end_object();
  json.key("operation");
  if (!operation->done) {
    json.null().end_object();
    return;
  }
  json.begin_object();
  if (!operation->failure.empty()) {
    json.key("failure-cause").begin_object().member("class", "flink.CheckpointError");
    json.member("stack-trace", operation->failure).member("serialized-throwable", "").end_object();
  } else if (kind == OperationKind::checkpoint) {
    json.member("checkpointId", operation->checkpoint_id);
  } else if (kind != OperationKind::disposal) {
    json.member("location", operation->location);
  }
  json.end_object().end_object();
}

}  // namespace

void checkpoints(Call& call, JsonWriter& json) {
  render_checkpoints(json, call.view.checkpoints(job_of(call).id));
}

void checkpoint_config(Call& call, JsonWriter& json) {
  render_checkpoint_config(json, call.view.checkpoint_config(job_of(call).id));
}

void checkpoint_details(Call& call, JsonWriter& json) {
  render_checkpoint(json, checkpoint_of(call), true);
}

void checkpoint_subtasks(Call& call, JsonWriter& json) {
  const auto one = checkpoint_of(call);
  const auto vertex = valid_id(call, 2, "vertexid");
  for (const auto& known : one.vertices) {
    if (known.id == vertex) return render_checkpoint_vertex(json, one, known, true);
  }
  refuse(404, concat("There is no task statistic for vertex ", vertex, "."));
}

void trigger_checkpoint(Call& call, JsonWriter& json) {
  const auto job = job_of(call);
  const auto body = body_of(call);
  OperationRequest request;
  request.kind = OperationKind::checkpoint;
  const auto type = text_of(body, "checkpointType");
  request.full = type == "FULL";
  if (type != "" && type != "FULL" && type != "CONFIGURED" && type != "INCREMENTAL") {
    refuse(400, concat("Bad request received. checkpointType \"", type,
                       "\" is none of CONFIGURED, FULL, INCREMENTAL."));
  }
  start(call, job.id, std::move(request), body, json);
}

void trigger_savepoint(Call& call, JsonWriter& json) {
  const auto job = job_of(call);
  const auto body = body_of(call);
  OperationRequest request;
  request.kind = OperationKind::savepoint;
  request.path = text_of(body, "target-directory");
  request.cancel = body["cancel-job"].as_bool();
  start(call, job.id, std::move(request), body, json);
}

void stop_with_savepoint(Call& call, JsonWriter& json) {
  const auto job = job_of(call);
  const auto body = body_of(call);
  OperationRequest request;
  request.kind = OperationKind::stop;
  request.path = text_of(body, "targetDirectory");
  request.drain = body["drain"].as_bool();
  start(call, job.id, std::move(request), body, json);
}

void dispose_savepoint(Call& call, JsonWriter& json) {
  const auto body = body_of(call);
  OperationRequest request;
  request.kind = OperationKind::disposal;
  request.path = text_of(body, "savepoint-path");
  if (request.path.empty()) {
    refuse(400, "Field savepoint-path must not be omitted or be null.");
  }
  start(call, {}, std::move(request), body, json);
}

void checkpoint_status(Call& call, JsonWriter& json) {
  job_of(call);
  status(call, 1, OperationKind::checkpoint, "checkpoint", json);
}
void savepoint_status(Call& call, JsonWriter& json) {
  job_of(call);
  status(call, 1, OperationKind::savepoint, "savepoint", json);
}
void disposal_status(Call& call, JsonWriter& json) {
  status(call, 0, OperationKind::disposal, "savepoint disposal", json);
}

}  // namespace flink::rest
