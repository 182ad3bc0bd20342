// SPDX-License-Identifier: Apache-2.0
// Names of states in descriptions and messages.
#pragma once

#include <flink/state/keyed_state_backend.h>

#include <string>
#include <string_view>

namespace flink::state {

std::string_view kind_name(StateKind kind);
// Of what a handle holds for a key: a map's is map<key,value>.
std::string value_schema(const StateSpec& spec);
[[noreturn]] void fail_duplicate(const std::string& name);

}  // namespace flink::state
