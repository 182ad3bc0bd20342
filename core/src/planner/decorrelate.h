// SPDX-License-Identifier: Apache-2.0
// Sub-queries that name columns of the query around them, made joins that do not.
#pragma once

#include "planner/builder.h"

namespace flink::planner {

// Columns that a relation reads and that no node in it makes: those of an outer query.
ColumnSet free_columns(const RelationPointer& root);

// left `type` JOIN right, of which the latter has free columns that are the former's.
RelationPointer decorrelated_join(Builder& builder, JoinType type, RelationPointer left,
                                  RelationPointer right, std::vector<ExpressionPointer> conditions);

}  // namespace flink::planner
