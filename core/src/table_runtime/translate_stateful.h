// SPDX-License-Identifier: Apache-2.0
// The relations that keep state, as operators.
#pragma once

#include "planner/relation.h"
#include "table_runtime/row_stream.h"

namespace flink::table_runtime {

RowOperator translate_aggregate(const planner::Aggregate& node, const RowStream& rows,
                                const table::Session& session, bool streaming);
RowOperator translate_join(const planner::Join& node, const RowStream& left, const RowStream& right,
                           const table::Session& session, bool streaming);
RowOperator translate_window(const planner::Window& node, const RowStream& rows,
                             const table::Session& session);
RowOperator translate_over(const planner::Over& node, const RowStream& rows,
                           const table::Session& session, bool streaming);
RowOperator translate_unnest(const planner::Unnest& node, const RowStream& rows,
                             const table::Session& session);
RowOperator translate_rank(const planner::Rank& node, const RowStream& rows, bool streaming);
// ORDER BY with LIMIT, kept up to date.
RowOperator translate_limit(const planner::Sort& node, const RowStream& rows);
RowOperator translate_normalize(const planner::ChangelogNormalize& node, const RowStream& rows);

}  // namespace flink::table_runtime
