// SPDX-License-Identifier: Apache-2.0
// The lists of operator state, from the subtasks that wrote them to those that start from them, by
// their modes (flink/state/operator_state.h). Items in files stay there: handles are divided.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "checkpoint/metadata.h"

namespace flink::checkpoint {

// `out`: a state for each of the new subtasks. The name of a state that subtasks wrote in different
// modes; nothing: all is well.
std::optional<std::string> redistribute_lists(const OperatorState& op,
                                              std::vector<state::OperatorSubtaskState>& out);

}  // namespace flink::checkpoint
