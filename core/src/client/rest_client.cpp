// SPDX-License-Identifier: Apache-2.0
#include "client/rest_client.h"

#include "base/path.h"
#include "flink/base/check.h"
#include "flink/error.h"
#include "json/json_writer.h"

namespace flink::client {
namespace {

using flink::detail::concat;

json::JsonValue parsed(const Endpoint& endpoint, const std::string& body) {
  auto json = json::JsonValue::parse(body);
  if (json) return *std::move(json);
  throw Error(ErrorKind::transient,
              concat("cannot reach ", endpoint.text(), ": what listens there is no JobManager"));
}

}  // namespace

std::string RestClient::call(std::string_view method, std::string_view target, int expected_status,
                             std::string_view body) const {
  HttpResponse response = http_request(endpoint_, method, target, timeout_, body);
  if (response.status == expected_status) return std::move(response.body);
  const auto json = json::JsonValue::parse(response.body);
  const auto* errors = json ? &(*json)["errors"].items() : nullptr;
  if (errors != nullptr && !errors->empty()) {
    throw Error(ErrorKind::user, concat("the JobManager at ", endpoint_.text(),
                                        " refuses: ", errors->back().as_string()));
  }
  throw Error(ErrorKind::transient,
              concat("what listens at ", endpoint_.text(), " is no JobManager: it answers ",
                     response.status, " to ", method, " ", target));
}

std::vector<JobSummary> RestClient::jobs() const {
  const json::JsonValue json = parsed(endpoint_, call("GET", "/jobs/overview", 200));
  std::vector<JobSummary> jobs;
  for (const json::JsonValue& item : json["jobs"].items()) {
    jobs.push_back({item["jid"].as_string(), item["name"].as_string(), item["state"].as_string(),
                    item["start-time"].as_int(), item["end-time"].as_int(),
                    item["duration"].as_int(), endpoint_});
  }
  return jobs;
}

std::string RestClient::job_state(std::string_view id) const {
  return parsed(endpoint_, call("GET", concat("/jobs/", id, "/status"), 200))["status"].as_string();
}

std::string RestClient::job_json(std::string_view id) const {
  return call("GET", concat("/jobs/", id), 200);
}

std::string RestClient::exceptions_json(std::string_view id) const {
  return call("GET", concat("/jobs/", id, "/exceptions"), 200);
}

std::string RestClient::checkpoints_json(std::string_view id) const {
  return call("GET", concat("/jobs/", id, "/checkpoints"), 200);
}

std::string RestClient::setting(std::string_view key) const {
  const json::JsonValue json = parsed(endpoint_, call("GET", "/jobmanager/config", 200));
  for (const json::JsonValue& item : json.items()) {
    if (item["key"].as_string() == key) return item["value"].as_string();
  }
  return {};
}

void RestClient::cancel(std::string_view id) const {
  call("PATCH", concat("/jobs/", id, "?mode=cancel"), 202);
}

std::string RestClient::trigger(std::string_view target, std::string_view body) const {
  return parsed(endpoint_, call("POST", target, 202, body))["request-id"].as_string();
}

std::string RestClient::trigger_checkpoint(std::string_view id, bool full) const {
  json::JsonWriter body;
  body.begin_object().member("checkpointType", full ? "FULL" : "CONFIGURED").end_object();
  return trigger(concat("/jobs/", id, "/checkpoints"), body.text());
}

std::string RestClient::trigger_savepoint(std::string_view id, std::string_view target) const {
  json::JsonWriter body;
  body.begin_object();
  if (!target.empty()) body.member("target-directory", target);
  body.member("cancel-job", false).end_object();
  return trigger(concat("/jobs/", id, "/savepoints"), body.text());
}

std::string RestClient::stop_with_savepoint(std::string_view id, std::string_view target,
                                            bool drain) const {
  json::JsonWriter body;
  body.begin_object();
  if (!target.empty()) body.member("targetDirectory", target);
  body.member("drain", drain).end_object();
  return trigger(concat("/jobs/", id, "/stop"), body.text());
}

RestClient::Operation RestClient::operation(std::string_view id, std::string_view kind,
                                            std::string_view trigger) const {
  const auto json =
      parsed(endpoint_, call("GET", concat("/jobs/", id, "/", kind, "/", trigger), 200));
  Operation out;
  out.done = json["status"]["id"].as_string() == "COMPLETED";
  const auto& operation = json["operation"];
  out.checkpoint_id = operation["checkpointId"].as_int();
  out.location = operation["location"].as_string();
  if (!out.location.empty()) out.location = base::Path{out.location}.text();
  out.failure = operation["failure-cause"]["stack-trace"].as_string();
  return out;
}

}  // namespace flink::client
