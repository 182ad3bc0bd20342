// SPDX-License-Identifier: Apache-2.0
// The graph of a job as a tree a person reads: chains, exchanges, parallelism, types, state.
#pragma once

#include <string>

#include "json/json_value.h"

namespace flink::codegen {

// From the document `describe --json` prints: {name, bounded, slots_needed, operators, vertices}.
std::string explain_graph(const json::JsonValue& description);

}  // namespace flink::codegen
