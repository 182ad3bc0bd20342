// SPDX-License-Identifier: Apache-2.0
#include "harness/test_snapshot.h"

#include <flink/base/check.h>
#include <flink/error.h>

#include <algorithm>

#include "checkpoint/redistribute_lists.h"

namespace flink::detail {

std::vector<state::OperatorSubtaskState> redistribute(const checkpoint::OperatorState& op,
                                                      int parallelism) {
  std::vector<state::OperatorSubtaskState> out(static_cast<std::size_t>(parallelism));
  if (const auto mixed = checkpoint::redistribute_lists(op, out)) {
    throw Error{ErrorKind::user,
                concat("the state \"", *mixed, "\" of \"", op.name,
                       "\" was written in different modes by its subtasks: ask for it in the same "
                       "way in each")};
  }
  // As a job does: its own at the same parallelism, else the least of all.
  std::int64_t least = INT64_MAX;
  bool left = false;
  for (const auto& from : op.subtasks) {
    least = std::min(least, from.state.watermark);
    left |= from.state.watermark_pending;
  }
  for (std::size_t i = 0; i < out.size(); ++i) {
    const bool same = op.subtasks.size() == out.size();
    const auto watermark = same ? op.subtasks[i].state.watermark : least;
    out[i].watermark = watermark == INT64_MAX ? INT64_MIN : watermark;
    out[i].watermark_pending = same ? op.subtasks[i].state.watermark_pending : left;
  }
  return out;
}

}  // namespace flink::detail
