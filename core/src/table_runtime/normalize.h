// SPDX-License-Identifier: Apache-2.0
// Rows that find others by key become rows that say what was before.
#pragma once

#include "table_runtime/row_stream.h"

namespace flink::table_runtime {

struct NormalizeSpec {
  RowPicker key;
  bool update_before = true;
};

RowOperator add_normalize(const RowStream& rows, std::string name, NormalizeSpec spec);

}  // namespace flink::table_runtime
