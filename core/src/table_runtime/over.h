// SPDX-License-Identifier: Apache-2.0
// OVER as an operator: in BATCH a partition at a time; in STREAMING by a time attribute as the
// watermark passes, and by other columns with all rows kept and results corrected.
#pragma once

#include "table_runtime/over_frame.h"
#include "table_runtime/row_stream.h"

namespace flink::table_runtime {

RowOperator add_over(const RowStream& rows, std::string name, OverSpec spec);

}  // namespace flink::table_runtime
