// SPDX-License-Identifier: Apache-2.0
// Backend: the one implementation behind make_keyed_state_backend().
//
// Epochs: rows carry the epoch of their last change; the first change in an epoch puts the row on
// that epoch's dirty list of its key group. A flush takes the lists of the epoch that ends and
// writes one run of them. A row is on a list once an epoch. Rows are freed only when no list needs
// them: compact() for the current epoch, sweep() for those of a flush that is done.
#pragma once

#include <flink/state/timer_service.h>

#include <memory>
#include <string>
#include <vector>

#include "state/backend.h"

namespace flink::state {

// The rows of one key group that changed within an epoch.
struct DirtyRows {
  std::vector<Row*> rows;
  std::size_t garbage = 0;  // at most so many of them are removed
};

class Backend final : public KeyedState {
 public:
  explicit Backend(KeyedStateSetup setup);
  ~Backend() override;

  KeyRows& key_rows(const TypeOps& key) override;
  BoundState& register_state(KeyRows& rows, StateSpec spec) override;
  TimerQueue& register_timers(KeyRows& rows, bool event_time) override;
  void start() override;

  Row* create_row(KeyRows& rows) override;
  std::int64_t wall_millis() const override { return setup_.clock->wall_millis(); }
  Row* find_cold(BoundState& state) override;
  void load_cell(BoundState& state, Row* row) override;
  Element* load_element(BoundState& state, Row* owner, std::uint64_t hash,
                        const void* subkey) override;
  void load_all(BoundState& state, Row* owner) override;
  std::uint64_t next_index(BoundState& state, Row* owner) override;
  std::unique_ptr<ColdElements> cold(BoundState& state, Row* owner) override;
  void note_garbage(Row* row) override;
  void for_each_key(BoundState& state, const std::function<void()>& visit) override;
  std::size_t memory_bytes() const override;

  void begin(const SnapshotTarget& target, std::function<void(KeyedSnapshotResult)> done) override;
  bool work(std::chrono::nanoseconds budget) override;
  void confirm(std::int64_t checkpoint_id) override;
  void abort(std::int64_t checkpoint_id) override;
  std::uint64_t stalled_bytes() const override { return 0; }

 private:
  // What a table's rows are: elements of a state, or, without one, key rows.
  struct Table {
    RowTable* rows = nullptr;
    KeyRows* keys = nullptr;
    BoundState* state = nullptr;
  };

  void touch_slow(Row* row) override;
  void settle_slow() override;

  void lay_out(KeyRows& rows);
  std::size_t group_index(const Row* row) const;
  const Table& table_of(const Row* row) const { return tables_[row->table]; }
  bool is_element(const Row* row) const { return table_of(row).state != nullptr; }
  // Nothing is in it, and nothing about it must be written.
  bool removable(const Row* row) const;
  bool is_empty(const KeyRows& rows, Row* row) const;
  void free_row(Row* row);
  void free_element(Element* e);
  void free_key_row(KeyRows& rows, Row* row);
  void compact(DirtyRows& dirty);

  KeyedStateSetup setup_;
  bool started_ = false;
  std::vector<Table> tables_;
  std::vector<std::unique_ptr<KeyRows>> key_rows_;
  std::vector<std::unique_ptr<TimerQueue>> timers_;

  std::vector<DirtyRows> dirty_;                   // of the current epoch, by key group
  std::vector<std::size_t> compact_due_;           // indexes of dirty_
  std::vector<Row*> clean_garbage_;                // removable, on no list
  std::uint32_t clean_epoch_ = 0;                  // rows of it and of older ones are on no list
  std::uint32_t oldest_flush_epoch_ = UINT32_MAX;  // whose lists are still needed
};

}  // namespace flink::state
