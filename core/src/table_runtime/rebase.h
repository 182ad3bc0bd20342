// SPDX-License-Identifier: Apache-2.0
// From columns by id to columns by place: in a row, or in rows that are put one behind the other.
#pragma once

#include "planner/relation.h"
#include "table/sort_key.h"

namespace flink::table_runtime {

table::ExpressionPointer rebased(const table::ExpressionPointer& expression,
                                 const std::vector<const planner::Relation*>& rows);

table::RowPicker picker(const planner::Relation& of, const planner::ColumnIds& columns);
std::vector<table::SortColumn> sort_columns(const std::vector<planner::SortKey>& keys,
                                            const planner::Relation& of);

}  // namespace flink::table_runtime
