// SPDX-License-Identifier: Apache-2.0
// ORDER BY of a bounded input, with OFFSET and LIMIT: one subtask, which gives rows on when all
// have come. Rows that go take back those that came.
#pragma once

#include <cstdint>
#include <optional>

#include "table/sort_key.h"
#include "table_runtime/row_stream.h"

namespace flink::table_runtime {

struct SortSpec {
  RowLayout row;
  std::vector<table::SortColumn> order;  // none: as they come
  std::int64_t offset = 0;
  std::optional<std::int64_t> limit;
  bool batch = true;  // else the rows rest in state until the end
};

RowOperator add_sort(const RowStream& rows, std::string name, SortSpec spec);

}  // namespace flink::table_runtime
