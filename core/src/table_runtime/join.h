// SPDX-License-Identifier: Apache-2.0
// A join of two streams without a bound in time: each side keeps its rows. In BATCH both sides of a
// key come whole before they are joined.
#pragma once

#include "table_runtime/join_condition.h"

namespace flink::table_runtime {

RowOperator add_join(const RowStream& left, const RowStream& right, std::string name,
                     JoinSpec spec);
RowOperator add_batch_join(const RowStream& left, const RowStream& right, std::string name,
                           std::shared_ptr<const JoinSpec> spec);

}  // namespace flink::table_runtime
