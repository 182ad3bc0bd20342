// SPDX-License-Identifier: Apache-2.0
// The aggregates of an operator at work, a group at a time: from the group's bytes to columns,
// rows added and taken back, and to bytes again.
#pragma once

#include <flink/state/map_state.h>

#include "table/aggregate.h"

namespace flink::table_runtime {

struct AggregateStep {
  std::shared_ptr<const table::Aggregate> aggregate;
  std::vector<std::size_t> arguments;  // columns of the input
  std::optional<std::size_t> filter;   // a BOOLEAN column of it
  table::LogicalType result;
};

// What is the same for all groups. Shared, const.
class AggregateSet {
 public:
  AggregateSet(table::RowLayout input, std::vector<AggregateStep> steps);

  const table::RowLayout& input() const noexcept { return input_; }
  // How many rows there are, then the columns of each aggregate.
  const table::RowLayout& state() const noexcept { return state_; }
  const std::vector<AggregateStep>& steps() const noexcept { return steps_; }
  std::size_t maps() const noexcept { return maps_; }

 private:
  table::RowLayout input_, state_;
  std::vector<AggregateStep> steps_;
  std::size_t maps_ = 0;
};

class AggregateRun {
 public:
  AggregateRun(std::shared_ptr<const AggregateSet> set, table::Session session);
  AggregateRun(const AggregateRun& other) : AggregateRun(other.set_, other.session_) {}
  AggregateRun& operator=(const AggregateRun&) = delete;

  const AggregateSet& set() const noexcept { return *set_; }
  table::Memory& memory() noexcept { return memory_; }

  using Maps = std::span<table::AggregateMap* const>;
  // Another group: empty bytes are a fresh one. What results gave before is gone.
  void begin(std::string_view bytes, Maps maps);
  // The row joins the group, or leaves it.
  void take(bool adds, std::string_view row);
  void add_group(std::string_view bytes, Maps maps);
  std::int64_t rows() const { return columns_[0].get<std::int64_t>(); }
  // Appends the results.
  void results(std::vector<table::Datum>& out);
  std::string bytes() const;

 private:
  template <class Do>
  void each(Do&& act);

  std::shared_ptr<const AggregateSet> set_;
  table::Session session_;
  table::Memory memory_;
  table::Context context_;
  std::vector<table::Datum> columns_, others_;
  std::vector<table::Datum> arguments_;
  Maps maps_;
};

// Maps of the current key.
class StateMaps {
 public:
  explicit StateMaps(std::size_t count);
  StateMaps(const StateMaps& other);
  StateMaps& operator=(const StateMaps&) = delete;

  AggregateRun::Maps all() { return pointers_; }
  void clear();

 private:
  class OneMap;
  std::vector<MapState<std::string, std::string>> states_;
  std::vector<std::shared_ptr<table::AggregateMap>> maps_;
  std::vector<table::AggregateMap*> pointers_;
};

// Maps in memory.
class MemoryMaps {
 public:
  explicit MemoryMaps(std::size_t count);
  AggregateRun::Maps all() { return pointers_; }

 private:
  std::vector<std::unique_ptr<table::AggregateMapInMemory>> maps_;
  std::vector<table::AggregateMap*> pointers_;
};

}  // namespace flink::table_runtime
