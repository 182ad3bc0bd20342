// SPDX-License-Identifier: Apache-2.0
// UNNEST: a row for each element of its collection.
#pragma once

#include "table/evaluate.h"
#include "table_runtime/row_stream.h"

namespace flink::table_runtime {

struct UnnestSpec {
  RowLayout input, output;
  std::size_t collection = 0;
  bool ordinality = false;
  bool outer = false;                 // a row without elements stays, with NULLs
  table::ExpressionPointer residual;  // over the output's columns; may be null
  table::Session session;
};

RowOperator add_unnest(const RowStream& rows, std::string name, UnnestSpec spec);

}  // namespace flink::table_runtime
