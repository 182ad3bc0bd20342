// SPDX-License-Identifier: Apache-2.0
// Merges: keeps the stack of runs short, one merge at a time, on a helper. The slot's thread only.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "state/cold_state.h"
#include "state/helpers.h"
#include "state/run_merge.h"

namespace flink::state {

class Merges {
 public:
  Merges(StateTables& tables, ColdState& cold, Helpers& helpers, const KeyedStateSetup& setup,
         bool point_reads);

  // Puts a finished merge in its place; true: there was one. Throws Error{resource} when it failed.
  bool take();
  bool start();  // true: one was due
  bool work() {
    const bool taken = take();
    return start() || taken;
  }
  // There are too many runs to add one before the merge under way is done.
  // No run counts any more.
  void drop_runs();
  bool must_wait() const { return cold_.stack().size() >= runs_max && merge_.has_value(); }
  // `bottom`: down to the oldest run; `full_snapshot`: for one, which has its own rules for what is
  // too old.
  MergeOptions options(bool bottom, bool full_snapshot);

 private:
  // More runs than that, and flushes wait.
  static constexpr std::size_t runs_max = 20;
  struct Outcome;
  struct Merge {
    std::vector<std::uint64_t> numbers;  // of the runs
    std::shared_ptr<Outcome> outcome;    // shared with the helper
    bool obsolete = false;               // its runs are gone
  };
  void close_elsewhere(std::vector<StackedRun> runs);

  StateTables& tables_;
  ColdState& cold_;
  Helpers& helpers_;
  const base::Clock& clock_;
  KeyGroupRange groups_;
  bool point_reads_;
  std::optional<Merge> merge_;
};

}  // namespace flink::state
