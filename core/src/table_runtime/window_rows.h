// SPDX-License-Identifier: Apache-2.0
// TUMBLE, HOP, CUMULATE, SESSION as tables: each row once for each window that it is in, with
// window_start, window_end and window_time. Rows of a session go on when it ends.
#pragma once

#include "table_runtime/row_stream.h"
#include "table_runtime/window_times.h"

namespace flink::table_runtime {

struct WindowRowsSpec {
  RowLayout input, output;
  std::size_t time = 0;  // a column; rows where it is NULL are in no window
  planner::WindowSpec window;
  WindowClock clock;
  RowPicker partition;  // of sessions
};

RowOperator add_window_rows(const RowStream& rows, std::string name, WindowRowsSpec spec);

}  // namespace flink::table_runtime
