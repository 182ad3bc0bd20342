// SPDX-License-Identifier: Apache-2.0
// Bound expressions as the planner handles them: cut at AND, compared, their columns replaced.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <vector>

#include "planner/relation.h"

namespace flink::planner {

using ColumnSet = std::set<ColumnId>;

ExpressionPointer column_of(const Column& column);
ExpressionPointer truth(bool value);
ExpressionPointer number_literal(std::int64_t value);  // BIGINT NOT NULL
ExpressionPointer null_of(const LogicalType& type);

void add_columns_of(const table::Expression& expression, ColumnSet& out);
ColumnSet columns_of(const table::Expression& expression);

// The operands of AND, of an expression that is none itself.
std::vector<ExpressionPointer> conjuncts(const ExpressionPointer& condition);
// Null when there are none.
ExpressionPointer conjunction(std::vector<ExpressionPointer> all);

// They give the same value, whatever the row.
bool same(const table::Expression& a, const table::Expression& b);

using Replace = std::function<ExpressionPointer(const ExpressionPointer& column)>;
// With each column replaced; what is null stays as it is.
ExpressionPointer replaced(const ExpressionPointer& expression, const Replace& replace);
ExpressionPointer replaced(const ExpressionPointer& expression,
                           const std::map<ColumnId, ExpressionPointer>& by);

}  // namespace flink::planner
