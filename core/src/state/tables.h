// SPDX-License-Identifier: Apache-2.0
// StateTables: what of an operator's keyed state is in memory. Registration, layout and the life of
// rows: made, changed (then they are on the current epoch's dirty list of their key group, once),
// clean, free. The slot's thread only.
//
// Rows are freed only when no list needs them: collect_garbage() for the current epoch, the flush
// that has them on its list for older ones.
#pragma once

#include <flink/state/keyed_state_backend.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "state/clean_rows.h"
#include "state/handles.h"
#include "state/timers.h"

namespace flink::state {

// The rows of one key group that changed within an epoch.
struct DirtyRows {
  std::vector<Row*> rows;
  std::size_t garbage = 0;  // at most so many of them are removed
};

class StateTables {
 public:
  // What a table's rows are: elements of a state, timers, or, without either, key rows.
  struct Table {
    RowTable* rows = nullptr;
    KeyRows* keys = nullptr;
    BoundState* state = nullptr;
    Timers* timers = nullptr;
    bool has_key_rows() const { return state == nullptr && timers == nullptr; }
  };

  StateTables(KeyedStateBackend& backend, Gauges& gauges, KeyGroupRange groups,
              int max_parallelism);
  StateTables(const StateTables&) = delete;
  StateTables& operator=(const StateTables&) = delete;
  ~StateTables();

  // ---- before the first row (layout.cpp)
  KeyRows& key_rows(const TypeOps& key, std::string namespace_schema);
  BoundState& register_state(KeyRows& rows, StateSpec spec);
  TimerQueue& register_timers(KeyRows& rows, bool event_time);
  void lay_out();

  const std::vector<Table>& all() const { return tables_; }
  const std::vector<std::unique_ptr<KeyRows>>& key_rows() const { return key_rows_; }
  const std::vector<std::unique_ptr<Timers>>& timers() const { return timers_; }
  static StateDescriptor descriptor(const BoundState& state);
  std::vector<StateDescriptor> descriptors() const;

  // ---- rows
  const Table& table_of(const Row* row) const { return tables_[row->table]; }
  bool is_element(const Row* row) const { return table_of(row).state != nullptr; }
  std::size_t group_index(const Row* row) const;  // of its key group among this subtask's
  std::size_t bytes_of(const Row* row) const {
    return table_of(row).rows->row_bytes() + row->heap_bytes;
  }
  Row* make_row(KeyRows& rows, std::uint64_t key_hash, const void* key,
                const Namespace& name_space);
  void free_row(Row* row);
  void free_element(Element* e);
  void free_key_row(KeyRows& rows, Row* row);
  // Nothing is in it, and nothing about it must be written.
  bool removable(const Row* row) const;
  bool is_empty(const KeyRows& rows, Row* row) const;
  // No key is current: its row may go.
  void leave_key();
  // All rows, of all keys; nothing of it is in runs.
  void drop_all();

  // ---- epochs
  // Its image for older epochs is safe.
  void make_dirty(Row* row, std::size_t group);
  // The dirty lists; a new epoch begins.
  std::vector<DirtyRows> end_epoch();
  // Rows of it and of older ones are on no list.
  std::uint32_t clean_epoch() const { return gauges_.clean_epoch; }
  bool is_clean(const Row* row) const { return row->epoch <= gauges_.clean_epoch; }
  void set_clean(std::uint32_t epoch) { gauges_.clean_epoch = epoch; }
  // Of the flushes under way; 0: there is none.
  void set_oldest_flush(std::uint32_t epoch) { oldest_flush_ = epoch; }
  CleanRows& clean_rows() { return clean_rows_; }
  void note_garbage(Row* row);
  // Between callbacks.
  void collect_garbage();

  // ---- memory
  std::size_t memory_bytes() const;
  void note_run_bytes(std::size_t bytes) { run_bytes_ = bytes; }  // what runs take of it
  void note_growth() {
    if (gauges_.look_at_bytes != SIZE_MAX && memory_bytes() > gauges_.look_at_bytes) {
      gauges_.unsettled = true;
    }
  }

 private:
  static bool nothing_to_destroy(const Table& table);
  static void destroy(const Table& table, Row* row);
  void lay_out(KeyRows& rows);
  void compact(DirtyRows& dirty);
  void prefetch_ahead(const std::vector<Row*>& rows, std::size_t at) const;

  KeyedStateBackend& backend_;
  Gauges& gauges_;
  KeyGroupRange groups_;
  int max_parallelism_;
  std::vector<Table> tables_;
  std::vector<std::unique_ptr<KeyRows>> key_rows_;
  std::vector<std::unique_ptr<Timers>> timers_;
  std::size_t run_bytes_ = 0;
  std::vector<DirtyRows> dirty_;           // of the current epoch, by key group
  std::vector<std::size_t> dirty_groups_;  // one key at a time: those that have some
  std::vector<std::size_t> compact_due_;   // indexes of dirty_
  std::vector<Row*> clean_garbage_;        // removable, on no list
  CleanRows clean_rows_;
  std::uint32_t oldest_flush_ = 0;
};

}  // namespace flink::state
