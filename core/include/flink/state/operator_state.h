// SPDX-License-Identifier: Apache-2.0
// State of an operator that belongs to no key: named lists of byte strings, a part in every
// subtask (Flink, "Operator State"). The mode says what a restore at another parallelism does.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace flink {

enum class OperatorStateMode : std::uint8_t {
  split,      // items are spread evenly over the new subtasks, each goes to exactly one
  union_all,  // every subtask gets the items of all
  broadcast,  // equal in every subtask: each gets one subtask's items
};

struct OperatorListState {
  OperatorStateMode mode = OperatorStateMode::split;
  std::string schema;  // of an item, see types/schema.h; empty: bytes that only the operator reads
  std::vector<std::string> items;
};

// What sources and sinks keep for themselves: positions, and results to be committed. It depends on
// when a checkpoint came, not only on what was processed.
inline constexpr const char* reader_state_name = "SourceReaderState";
inline constexpr const char* committables_name = "committables";
inline constexpr const char* writer_state_name = "writer_raw_states";

// By name.
using OperatorSnapshot = std::map<std::string, OperatorListState>;

}  // namespace flink
