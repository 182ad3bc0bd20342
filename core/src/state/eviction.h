// SPDX-License-Identifier: Apache-2.0
// Eviction: keeps an operator's rows within a budget. Clean rows leave when there are too many;
// when too little is clean, a flush without a checkpoint makes more of it. The slot's thread only.
#pragma once

#include <cstddef>
#include <vector>

#include "base/clock.h"
#include "state/flushes.h"
#include "state/tables.h"

namespace flink::state {

class Eviction {
 public:
  // `budget` 0: nothing leaves.
  Eviction(StateTables& tables, Flushes& flushes, Gauges& gauges, const base::Clock& clock,
           std::size_t budget);

  // Between callbacks, when gauges say that it is time.
  void make_room();
  // More may leave than the last time.
  void more_is_clean();

  // ---- for walks over all keys, which keep what they find
  bool& keep_all() { return keep_all_; }
  // From there on a walk lets go of what it has visited.
  std::size_t walk_look_at() const { return budget_ != 0 ? budget_ : SIZE_MAX; }
  std::size_t next_walk_look_at() const {
    return std::max(budget_, tables_.memory_bytes()) + step_bytes();
  }
  // The key is not current any more. False: some of it has to be written first.
  bool let_go(KeyRows& rows, Row* row);
  // What a walk has brought into memory; a flush may have freed some of it.
  void let_go(KeyRows& rows, std::vector<Row*>& visited);

 private:
  bool over_limit() const;
  // Over its budget an operator flushes in turns as far as that, then at once; and there it waits
  // even for merges. All operators together must fit what the process has beside.
  std::size_t soft_max() const { return budget_ + budget_ / 8; }
  std::size_t hard_max() const { return budget_ + budget_ / 4; }
  std::size_t step_bytes() const { return budget_ / 16 + 1; }
  void look_at(std::size_t bytes);
  void evict_some();
  void prefetch_ahead() const;
  bool stays_for_now(const StateTables::Table& table, Row* row);
  void evict_row(const StateTables::Table& table, Row* row);
  void evict_element(BoundState& state, Element* e);
  // All of it that is clean. False: some of it stays.
  bool evict_key(KeyRows& rows, Row* row);
  bool evict_key_row(KeyRows& rows, Row* row);

  StateTables& tables_;
  Flushes& flushes_;
  Gauges& gauges_;
  const base::Clock& clock_;
  std::size_t budget_;
  bool keep_all_ = false;
  bool timers_due_ = true;  // some may have become clean
};

}  // namespace flink::state
