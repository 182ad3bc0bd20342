// SPDX-License-Identifier: Apache-2.0
// Flushes: how changes become runs. Dirty rows are captured in turns, written by a helper, and
// clean from then on; snapshots begin with one. Owns what follows of it: publications and merges.
// The slot's thread only.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>

#include "state/cold_state.h"
#include "state/entry_writer.h"
#include "state/flush.h"
#include "state/helpers.h"
#include "state/merges.h"
#include "state/publications.h"
#include "state/tables.h"

namespace flink::state {

class Flushes {
 public:
  // `on_clean`: more rows are clean now.
  Flushes(StateTables& tables, ColdState& cold, Gauges& gauges, Helpers& helpers,
          const KeyedStateSetup& setup, bool point_reads, std::function<void()> on_clean);

  bool empty() const { return flushes_.empty(); }
  void begin(const SnapshotTarget& target, std::function<void(KeyedSnapshotResult)> done);
  void begin_spill() {
    begin(true);
    helpers_.wake();
  }
  void save_image(Row* row, std::size_t group);
  // The same of a clean row: only a flush that is gathering takes it.
  void save_clean_image(Row* row, std::size_t group);
  // True: there is more to do now.
  bool work(base::TimePoint deadline);
  bool work_on_snapshots(base::TimePoint start, base::TimePoint deadline);
  // Without help from others: when there is no more room. Merges are waited for until memory has
  // that many bytes.
  void finish_now(std::size_t memory_max);
  void abort(std::int64_t checkpoint_id);
  Merges& merges() { return merges_; }
  // Bytes serialized by the slot while helpers were behind.
  std::uint64_t stalled_bytes() const { return stalled_bytes_; }
  void add_stalled(std::uint64_t bytes) { stalled_bytes_ += bytes; }

 private:
  Flush& begin(bool spill);
  bool may_be_whole(std::size_t dirty_rows) const;
  bool gather_some(Flush& flush, base::TimePoint deadline);  // true: more to do now
  void capture(Flush& flush, Row* row, std::size_t group);
  bool capture_some(Flush& flush, base::TimePoint deadline);  // true: more to do now
  void hand_over(Flush& flush);
  void drain_soon(const std::shared_ptr<RunWriter>& writer);
  void install(Flush& flush);
  void fail_flushes(const std::string& why);
  bool sweep_some(Flush& flush, base::TimePoint deadline);
  bool out_of_time(base::TimePoint deadline);

  StateTables& tables_;
  ColdState& cold_;
  Gauges& gauges_;
  Helpers& helpers_;
  const base::Clock& clock_;
  KeyGroupRange groups_;
  bool point_reads_;
  std::size_t pending_bytes_max_;  // captured and not yet written
  std::size_t run_bytes_max_;      // what runs may take of the budget
  std::function<void()> on_clean_;
  EntryWriter entries_;
  Merges merges_;
  Publications publications_;
  std::deque<std::unique_ptr<Flush>> flushes_;  // oldest first
  unsigned clock_reads_ = 0;
  std::uint64_t stalled_bytes_ = 0;
};

}  // namespace flink::state
