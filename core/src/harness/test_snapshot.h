// SPDX-License-Identifier: Apache-2.0
// All state of a tested graph at one moment, and what each subtask of another one starts from.
#pragma once

#include <cstdint>
#include <vector>

#include "checkpoint/metadata.h"
#include "harness/temporary_directory.h"

namespace flink::detail {

struct TestSnapshot {
  std::int64_t checkpoint_id = 0;
  std::vector<checkpoint::OperatorState> operators;  // by transformation
  TemporaryDirectory directory;                      // files of keyed state, gone with it
};

// By subtask, without keyed state: that is of all, and each takes its key groups. Throws
// Error{user} when subtasks wrote a list in different modes.
std::vector<state::OperatorSubtaskState> redistribute(const checkpoint::OperatorState& op,
                                                      int parallelism);

}  // namespace flink::detail
