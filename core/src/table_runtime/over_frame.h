// SPDX-License-Identifier: Apache-2.0
// What OVER computes of the sorted rows of a partition: aggregates of each row's frame, ranks, and
// values of rows before and behind it.
#pragma once

#include "planner/relation.h"
#include "table/sort_key.h"
#include "table_runtime/aggregate_run.h"
#include "table_runtime/row_maker.h"

namespace flink::table_runtime {

// Functions that only OVER has.
enum class OverFunction : std::uint8_t {
  aggregate,
  row_number,
  rank,
  dense_rank,
  percent_rank,
  cume_dist,
  ntile,
  lag,
  lead,
};

struct OverCall {
  OverFunction function = OverFunction::aggregate;
  std::vector<std::size_t> arguments;  // columns; of aggregates they stand in the set
  bool ignores_nulls = false;
};

struct OverSpec {
  table::RowLayout input, output;
  table::RowPicker partition;
  std::vector<table::SortColumn> order;
  bool rows = false;
  planner::FrameBound lower, upper;
  std::vector<OverCall> calls;
  std::shared_ptr<const AggregateSet> aggregates;  // of those calls that are such
  table::Session session;
  bool batch = false;
  // STREAMING by a time attribute: rows go on for good when their time has come.
  bool by_rowtime = false;
  bool by_proctime = false;
  bool update_before = true;
};

struct OverRow {
  std::string order;  // sort key
  std::string row;
};

class OverFrames {
 public:
  explicit OverFrames(std::shared_ptr<const OverSpec> spec);
  OverFrames(const OverFrames& other) : OverFrames(other.spec_) {}
  OverFrames& operator=(const OverFrames&) = delete;

  OverRow row_of(std::string_view row) const;
  // take(packed output) for each row from `first` on.
  template <class Take>
  void each(std::span<const OverRow> rows, std::size_t first, Take&& take) {
    begin(rows);
    for (std::size_t i = first; i < rows.size(); ++i) take(i, output(i));
  }
  // Where the row's frame can no longer reach: rows before it are not needed for later ones.
  std::size_t first_needed(std::span<const OverRow> rows);
  // The last of some rows with the results of `run` behind it; the calls are aggregates,
  // ROW_NUMBER or LAG.
  std::string with_results(std::span<const OverRow> rows, AggregateRun& run);
  // How many rows before a row its calls of LAG reach; nothing: any number.
  std::optional<std::size_t> reach(const OverRow& row);

 private:
  void begin(std::span<const OverRow> rows);
  std::string_view output(std::size_t index);
  std::size_t frame_from(std::size_t index) const;
  std::size_t frame_to(std::size_t index) const;
  std::size_t by_distance(std::size_t index, std::int64_t distance, bool from) const;
  table::Datum value_of(const OverCall& call, std::size_t index);
  table::Datum shifted(const OverCall& call, std::size_t index, std::int64_t by);
  void aggregate(std::size_t index);

  std::shared_ptr<const OverSpec> spec_;
  table::Memory memory_;
  std::string packed_;
  // Of the rows that are worked on.
  std::span<const OverRow> rows_;
  std::vector<std::size_t> peers_from_, peers_to_, dense_;
  std::vector<std::optional<long double>> distances_;  // the order as a number, for RANGE
  AggregateRun run_;
  std::unique_ptr<MemoryMaps> maps_;
  std::size_t taken_from_ = 0, taken_to_ = 0;  // what run_ has taken
};

}  // namespace flink::table_runtime
