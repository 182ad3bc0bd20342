// SPDX-License-Identifier: Apache-2.0
// One request on its way through a handler, and what handlers share. A handler writes one document,
// or throws Refusal.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "json/json_writer.h"
#include "rest/cluster_view.h"
#include "rest/request_target.h"
#include "rest/rest_api.h"

namespace flink::rest {

using json::JsonWriter;

struct Call {
  ClusterView& view;
  const RestInfo& info;
  const RequestTarget& target;
  std::vector<std::string> arguments = {};  // what stood at the ':' parts of the route, in order
  std::string_view body = {};
};

// Ends a handler with this answer; caught in RestApi::handle.
struct Refusal {
  RestAnswer answer;
};

[[noreturn]] void refuse(int status, std::string_view message);
[[noreturn]] void refuse_parameter(std::string_view kind, std::string_view name,
                                   std::string_view value);
// The argument as 32 lower-case digits.
std::string valid_id(const Call& call, std::size_t argument, std::string_view name);
JobView job_of(const Call& call);

// Checkpoints and savepoints (checkpoint_api.cpp).
void checkpoints(Call& call, JsonWriter& json);
void checkpoint_config(Call& call, JsonWriter& json);
void checkpoint_details(Call& call, JsonWriter& json);
void checkpoint_subtasks(Call& call, JsonWriter& json);
void trigger_checkpoint(Call& call, JsonWriter& json);
void trigger_savepoint(Call& call, JsonWriter& json);
void stop_with_savepoint(Call& call, JsonWriter& json);
void dispose_savepoint(Call& call, JsonWriter& json);
void checkpoint_status(Call& call, JsonWriter& json);
void savepoint_status(Call& call, JsonWriter& json);
void disposal_status(Call& call, JsonWriter& json);

}  // namespace flink::rest
