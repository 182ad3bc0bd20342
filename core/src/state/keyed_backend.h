// SPDX-License-Identifier: Apache-2.0
// Backend: what make_keyed_state_backend() makes. It is put together from what is in memory
// (StateTables), what is on its way into runs (Flushes) and what is only in runs (ColdState); rows
// leave memory by Eviction and Aging.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "state/aging.h"
#include "state/backend.h"
#include "state/cold_state.h"
#include "state/eviction.h"
#include "state/flushes.h"
#include "state/helpers.h"
#include "state/tables.h"

namespace flink::state {

class Backend final : public KeyedState {
 public:
  explicit Backend(KeyedStateSetup setup);

  using KeyedStateBackend::key_rows;
  KeyRows& key_rows(const TypeOps& key, std::string namespace_schema) override;
  BoundState& register_state(KeyRows& rows, StateSpec spec) override;
  TimerQueue& register_timers(KeyRows& rows, bool event_time) override;
  void start() override;

  Row* create_row(KeyRows& rows, Cursor& at) override;
  std::int64_t wall_millis() const override { return setup_.clock->wall_millis(); }
  void note_garbage(Row* row) override { tables_.note_garbage(row); }
  void note_aging(const BoundState& state) override { aging_.note(state); }
  std::size_t memory_bytes() const override { return tables_.memory_bytes(); }

  void expect(const KeyRows& rows, std::uint64_t hash, const void* key) override {
    cold_.expect(rows, hash, key);
  }
  void look_up_expected() override { cold_.look_up_expected(); }
  Row* find_cold(BoundState& state) override;
  void load_cell(BoundState& state, Row* row) override { cold_.load_cell(state, row); }
  Element* load_element(BoundState& state, Row* owner, std::uint64_t hash,
                        const void* subkey) override {
    return cold_.load_element(state, owner, hash, subkey);
  }
  void load_all(BoundState& state, Row* owner) override { cold_.load_all(state, owner); }
  std::uint64_t next_index(BoundState& state, Row* owner) override {
    return cold_.next_index(state, owner);
  }
  std::unique_ptr<ColdElements> cold(BoundState& state, Row* owner) override {
    return cold_.cold(state, owner);
  }
  void for_each_key(BoundState& state, const std::function<void()>& visit) override;

  void end_key() override;

  void begin(const SnapshotTarget& target, std::function<void(KeyedSnapshotResult)> done) override;
  bool work(std::chrono::nanoseconds budget) override;
  void confirm(std::int64_t checkpoint_id) override { cold_.stack().confirm(checkpoint_id); }
  void abort(std::int64_t checkpoint_id) override { flushes_.abort(checkpoint_id); }
  std::uint64_t stalled_bytes() const override { return flushes_.stalled_bytes(); }

 private:
  void touch_slow(Row* row) override;
  void settle_slow() override;
  void require_key(const Cursor& at) const;

  KeyedStateSetup setup_;
  std::size_t budget_;  // 0: nothing is evicted
  bool started_ = false;
  Helpers helpers_;
  StateTables tables_;
  ColdState cold_;
  Flushes flushes_;
  Eviction eviction_;
  Aging aging_;
};

}  // namespace flink::state
