// SPDX-License-Identifier: Apache-2.0
#include "client/against.h"

#include <flink/error.h>

#include "checkpoint/storage.h"
#include "json/json_value.h"

namespace flink::client {

std::vector<checkpoint::OperatorShape> described_operators(std::string_view description) {
  const auto json = json::JsonValue::parse(description);
  if (!json) throw Error(ErrorKind::internal, "the job's description is no JSON");
  std::vector<checkpoint::OperatorShape> job;
  for (const json::JsonValue& op : (*json)["operators"].items()) {
    const auto id = base::OperatorId::parse(op["id"].as_string());
    if (!id) throw Error(ErrorKind::internal, "the job's description has an operator without id");
    checkpoint::OperatorShape shape{
        .id = *id,
        .uid = op["uid"].as_string(),
        .name = op["name"].as_string(),
        .max_parallelism = static_cast<std::int32_t>(op["max_parallelism"].as_int())};
    for (const json::JsonValue& state : op["states"].items()) {
      shape.states.push_back({state["name"].as_string(), state["kind"].as_string(),
                              state["key"].as_string(), state["value"].as_string(),
                              state["ttl"].as_bool()});
    }
    job.push_back(std::move(shape));
  }
  return job;
}

checkpoint::Compatibility check_against(base::FileSystem& files, const std::string& savepoint,
                                        std::string_view description,
                                        bool allow_non_restored_state) {
  const auto job = described_operators(description);
  const auto located = checkpoint::read_checkpoint(files, savepoint);
  return checkpoint::compare_states(located.metadata, job, allow_non_restored_state);
}

}  // namespace flink::client
