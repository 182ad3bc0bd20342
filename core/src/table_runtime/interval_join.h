// SPDX-License-Identifier: Apache-2.0
// A join of rows whose times lie within bounds of each other: rows are kept as long as a partner
// may come. What stays alone goes out, padded, when none can come any more.
#pragma once

#include "table_runtime/join_condition.h"

namespace flink::table_runtime {

struct IntervalJoinSpec {
  std::shared_ptr<const JoinSpec> join;
  std::size_t left_time = 0, right_time = 0;  // columns
  // left + ... : the left time is at least the right one + lower and at most it + upper.
  std::int64_t lower = 0, upper = 0;
};

RowOperator add_interval_join(const RowStream& left, const RowStream& right, std::string name,
                              IntervalJoinSpec spec);

}  // namespace flink::table_runtime
