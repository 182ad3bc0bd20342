// SPDX-License-Identifier: Apache-2.0
// Top-N: of each partition the rows from one rank to another, kept up to date. ROW_NUMBER with a
// bound, deduplication (a bound of 1), ORDER BY with LIMIT and LIMIT alone (no partition).
#pragma once

#include <limits>
#include <optional>

#include "table/sort_key.h"
#include "table_runtime/row_stream.h"

namespace flink::table_runtime {

enum class RankFunction : std::uint8_t { row_number, rank, dense_rank };

struct RankSpec {
  RankFunction function = RankFunction::row_number;  // others in BATCH only
  RowLayout row;
  RowPicker partition;
  std::vector<table::SortColumn> order;
  // Ranks that are wanted, from 1, both included.
  std::int64_t first = 1;
  std::int64_t last = std::numeric_limits<std::int64_t>::max();
  bool with_number = false;   // the rank is one more column, BIGINT
  bool newest_first = false;  // of equal rows the later one comes first
  bool retracts = false;      // rows may go: all are kept, not only the best
  // Columns that tell rows apart, where a row replaces the one that it finds there.
  std::optional<RowPicker> unique;
  bool update_before = true;
  bool batch = false;

  RowLayout output() const;
};

RowOperator add_rank(const RowStream& rows, std::string name, RankSpec spec);

}  // namespace flink::table_runtime
