// SPDX-License-Identifier: Apache-2.0
// WATERMARK FOR: watermarks from an expression over each row. They advance by more than the
// interval at a time, right behind the row that does it; those from upstream end here, but the
// last.
#pragma once

#include "table/evaluate.h"
#include "table_runtime/row_stream.h"

namespace flink::table_runtime {

struct WatermarkSpec {
  RowLayout row;
  std::size_t rowtime = 0;
  std::string rowtime_name;
  table::ExpressionPointer watermark;  // a TIMESTAMP or TIMESTAMP_LTZ over the row's columns
  table::Session session;
};

RowOperator add_watermarks(const RowStream& rows, std::string name, WatermarkSpec spec);

}  // namespace flink::table_runtime
