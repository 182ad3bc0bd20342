// SPDX-License-Identifier: Apache-2.0
// FOR SYSTEM_TIME AS OF an event time: each left row meets the right row of its key that was valid
// then. Rows wait until the watermark has passed their time.
#pragma once

#include "table_runtime/join_condition.h"

namespace flink::table_runtime {

struct TemporalJoinSpec {
  std::shared_ptr<const JoinSpec> join;       // inner or left
  std::size_t left_time = 0, right_time = 0;  // columns
};

RowOperator add_temporal_join(const RowStream& left, const RowStream& right, std::string name,
                              TemporalJoinSpec spec);

}  // namespace flink::table_runtime
