// SPDX-License-Identifier: Apache-2.0
// Backend: the one implementation behind make_keyed_state_backend().
//
// Epochs: rows carry the epoch of their last change; the first change in an epoch puts the row on
// that epoch's dirty list of its key group. A flush takes the lists of the epoch that ends and
// writes one run of them. A row is on a list once an epoch. Rows are freed only when no list needs
// them: compact() for the current epoch, sweep() for those of a flush that is done.
#pragma once

#include <flink/state/timer_service.h>

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "state/backend.h"
#include "state/flush.h"

namespace flink::state {

// More runs than that, and checkpoints wait for merges.
inline constexpr std::size_t runs_max = 8;

class Backend final : public KeyedState {
 public:
  explicit Backend(KeyedStateSetup setup);
  ~Backend() override;

  using KeyedStateBackend::key_rows;
  KeyRows& key_rows(const TypeOps& key, std::string namespace_schema) override;
  BoundState& register_state(KeyRows& rows, StateSpec spec) override;
  TimerQueue& register_timers(KeyRows& rows, bool event_time) override;
  void start() override;

  Row* create_row(KeyRows& rows, Cursor& at) override;
  std::int64_t wall_millis() const override { return setup_.clock->wall_millis(); }
  Row* find_cold(BoundState& state) override;
  void load_cell(BoundState& state, Row* row) override;
  Element* load_element(BoundState& state, Row* owner, std::uint64_t hash,
                        const void* subkey) override;
  void load_all(BoundState& state, Row* owner) override;
  std::uint64_t next_index(BoundState& state, Row* owner) override;
  std::unique_ptr<ColdElements> cold(BoundState& state, Row* owner) override;
  void note_garbage(Row* row) override;
  void note_aging(const BoundState& state) override;
  void for_each_key(BoundState& state, const std::function<void()>& visit) override;
  std::size_t memory_bytes() const override;

  void begin(const SnapshotTarget& target, std::function<void(KeyedSnapshotResult)> done) override;
  bool work(std::chrono::nanoseconds budget) override;
  void confirm(std::int64_t checkpoint_id) override;
  void abort(std::int64_t checkpoint_id) override;
  std::uint64_t stalled_bytes() const override { return stalled_bytes_; }

 private:
  // What a table's rows are: elements of a state, or, without one, key rows.
  struct Table {
    RowTable* rows = nullptr;
    KeyRows* keys = nullptr;
    BoundState* state = nullptr;
  };

  static bool nothing_to_destroy(const Table& table);
  void touch_slow(Row* row) override;
  void settle_slow() override;
  void leave_key();
  void require_key(const Cursor& at) const;

  void lay_out(KeyRows& rows);
  Row* make_row(KeyRows& rows, std::uint64_t key_hash, const void* key,
                const Namespace& name_space);
  std::size_t group_index(const Row* row) const;
  const Table& table_of(const Row* row) const { return tables_[row->table]; }
  static bool has_timers(const Table& table) {
    return table.state != nullptr && table.state->kind == StateKind::timer;
  }
  bool is_element(const Row* row) const { return table_of(row).state != nullptr; }
  // Nothing is in it, and nothing about it must be written.
  bool removable(const Row* row) const;
  bool is_empty(const KeyRows& rows, Row* row) const;
  void free_row(Row* row);
  void free_element(Element* e);
  void free_key_row(KeyRows& rows, Row* row);
  void compact(DirtyRows& dirty);

  // ---- entries (capture.cpp)
  StateDescriptor descriptor(const BoundState& state) const;
  std::vector<StateDescriptor> descriptors() const;
  // The key as stored, appended to `out`. True: cut, so that values carry the whole.
  bool append_key(std::string& out, const BoundState& state, const Row* owner,
                  const void* subkey = nullptr);
  void capture(Flush& flush, Row* row);
  void capture_key_row(CapturedGroup& group, const KeyRows& rows, Row* row);
  void capture_element(CapturedGroup& group, const BoundState& state, Element* e);
  void capture_value(CapturedGroup& group, const BoundState& state, const Row* owner,
                     const void* subkey, const void* value, std::int64_t stamp);
  void capture_gone(CapturedGroup& group, const BoundState& state, const Row* owner,
                    const void* subkey, EntryTag tag);

  // ---- flushes (flush.cpp)
  Flush& begin_flush(bool spill);
  bool capture_some(Flush& flush, base::TimePoint deadline);  // true: more to do now
  void hand_over(Flush& flush);
  void drain_soon(const std::shared_ptr<RunWriter>& writer);
  void install(Flush& flush);
  void fail_flushes(const std::string& why);
  bool sweep_some(Flush& flush, base::TimePoint deadline);
  bool work_on_flushes(base::TimePoint deadline);
  void finish_flushes_now();
  bool out_of_time(base::TimePoint deadline);

  // ---- snapshots and merges (snapshots.cpp)
  void publish(std::unique_ptr<SnapshotRequest> snapshot, std::vector<StackedRun> runs);
  bool start_publication();
  bool end_publication();
  void end_snapshot(SnapshotRequest& snapshot, KeyedSnapshotResult result);
  void remove_file(const std::string& path);
  bool start_merge();
  bool end_merge();
  MergeOptions merge_options(bool bottom, bool full_snapshot);
  std::string scratch_file();
  void run_on_helper(std::function<void()> job);

  // ---- memory (evict.cpp)
  std::size_t memory_limit() const;
  bool over_limit() const;
  void note_growth() {
    if (budget_ != 0 && memory_bytes() > look_at_bytes_) unsettled_ = true;
  }
  std::size_t step_bytes() const { return budget_ / 16 + 1; }
  void look_at(std::size_t bytes);
  void make_room();
  void begin_spill();
  bool nothing_can_leave() const;
  bool evict_some();
  bool evict_row(const Table& table, Row* row);  // false: it has to stay
  bool evict_element(BoundState& state, Element* e);
  bool evict_key_row(KeyRows& rows, Row* row);
  bool let_go(KeyRows& rows, Row* row);
  void let_go(KeyRows& rows, std::vector<Row*>& visited);

  // ---- what is only in runs (cold.cpp)
  std::optional<RunStack::Found> find_stored(const BoundState& state, const Row* owner,
                                             const void* subkey);
  void read_value(const BoundState& state, const StackedRun& run, const EntryValue& stored,
                  void* value);
  void fill_cell(BoundState& state, Row* row, const StackedRun& run, const EntryValue& stored);
  Element* fill_element(BoundState& state, Row* owner, std::uint64_t hash, const void* subkey,
                        const StackedRun& run, const EntryValue& stored);
  class Cold;
  friend class Cold;

  // ---- time-to-live (aging.cpp)
  struct Aging {
    BoundState* state = nullptr;
    RowTable::Position at;
    int due = 0;  // rows to look at
  };
  void find_aging();
  void clean_up();
  bool clean_some(Aging& aging, int rows);

  // ---- restore (restore.cpp)
  void restore();
  void attach_runs();
  std::shared_ptr<const Run> with_ttl_switched(const std::shared_ptr<const Run>& run);
  void check_restored(const Run& run, StackedRun& stacked);
  void reserve_rows();
  bool load_runs();  // false: there was no room for all
  class Loader;
  friend class Loader;

  KeyedStateSetup setup_;
  bool started_ = false;
  std::vector<Table> tables_;
  std::vector<std::unique_ptr<KeyRows>> key_rows_;
  std::vector<std::unique_ptr<TimerQueue>> timers_;

  std::vector<DirtyRows> dirty_;          // of the current epoch, by key group
  std::vector<std::size_t> compact_due_;  // indexes of dirty_
  std::vector<Row*> clean_garbage_;       // removable, on no list
  std::uint32_t clean_epoch_ = 0;         // rows of it and of older ones are on no list

  RunStack stack_;
  std::vector<StateDescriptor> carried_;        // states in runs that no handle is bound to
  std::deque<std::unique_ptr<Flush>> flushes_;  // oldest first
  std::deque<Publication> publications_;        // the first may be under way
  std::optional<BackgroundMerge> merge_;
  std::uint64_t files_made_ = 0;

  std::vector<Aging> aging_;
  bool aging_every_record_ = false;

  std::size_t budget_ = 0;         // 0: nothing is evicted
  std::size_t limit_ = 0;          // the budget, or more for what cannot leave
  std::size_t look_at_bytes_ = 0;  // of memory: then there is something to do
  std::size_t stayed_ = 0;         // rows that eviction passed by since one could leave
  std::size_t evict_table_ = 0;
  RowTable::Position evict_at_;
  bool keep_all_ = false;  // no eviction for now
  unsigned clock_reads_ = 0;
  std::uint64_t stalled_bytes_ = 0;
  ByteWriter key_writer_, value_writer_;
  std::string stored_scratch_;  // the whole key, when append_key() cut it
  std::string convert_scratch_;
};

}  // namespace flink::state
