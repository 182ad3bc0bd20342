// SPDX-License-Identifier: Apache-2.0
// A projection and a filter in one pass: the columns that they read are gathered from a batch of
// rows, expressions run over them, the results are packed.
#pragma once

#include "table/evaluate.h"
#include "table_runtime/row_stream.h"

namespace flink::table_runtime {

struct CalcSpec {
  RowLayout input;
  // All expressions are over the input's columns.
  table::ExpressionPointer condition;  // may be null
  // What a row becomes, one after the other; none: it goes on as it is.
  std::vector<std::vector<table::ExpressionPointer>> outputs;
  table::Session session;
};

RowOperator add_calc(const RowStream& rows, std::string name, CalcSpec spec);

// The columns that an expression reads, marked.
void mark_columns(const table::Expression& expression, std::vector<bool>& marks);

}  // namespace flink::table_runtime
