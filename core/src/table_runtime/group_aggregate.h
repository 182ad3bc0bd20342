// SPDX-License-Identifier: Apache-2.0
// GROUP BY: in STREAMING each row changes its group's result, which is sent anew; in BATCH a group
// has one result.
#pragma once

#include "table_runtime/aggregate_run.h"
#include "table_runtime/row_stream.h"
#include "table_runtime/window_times.h"

namespace flink::table_runtime {

struct GroupAggregateSpec {
  RowPicker key;
  // So many of the key's columns are in the result; what follows is the window's.
  std::optional<std::size_t> result_columns;
  std::shared_ptr<const AggregateSet> aggregates;
  table::Session session;
  bool update_before = true;  // -U goes out too
  bool batch = false;

  // Of windows: the column of the key with their end, a time of the wall.
  std::size_t window_end = 0;
  WindowClock clock;
  bool processing_time = false;

  // The group's columns, then the results.
  RowLayout output() const;
};

RowOperator add_group_aggregate(const RowStream& rows, std::string name,
                                const GroupAggregateSpec& spec);
// GROUP BY a window: a group has one result, when the window has ended.
RowOperator add_window_aggregate(const RowStream& rows, std::string name,
                                 const GroupAggregateSpec& spec);
// All rows are one group, which has a result in BATCH even without any row.
RowOperator add_global_aggregate(const RowStream& rows, std::string name,
                                 const GroupAggregateSpec& spec);

}  // namespace flink::table_runtime
