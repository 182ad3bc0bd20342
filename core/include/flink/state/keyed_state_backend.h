// SPDX-License-Identifier: Apache-2.0
// The keyed state of one operator's subtask, as operators see it. Made by the runtime
// (core/src/state/backend.h), reached through OperatorContext::keyed_state(); typed use is
// KeyedOperatorState<K>. Hot paths are inline here; what is behind them (tables, snapshots,
// eviction, runs) is compiled once. The slot's thread only.
//
// Snapshots see rows as of an epoch: whoever changes a row calls touch() BEFORE the change.
#pragma once

#include <flink/base/functional.h>
#include <flink/state/key_rows.h>
#include <flink/timestamp.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace flink::state {

// What a handle says of its state.
struct StateSpec {
  std::string name;
  StateKind kind = StateKind::value;
  const TypeOps* value = nullptr;
  const TypeOps* subkey = nullptr;
  StateTtlConfig ttl;
};

// What inline paths look at; the parts of the engine keep it.
struct Gauges {
  std::uint32_t epoch = 1;
  bool unsettled = false;                       // settle() has something to do
  bool complete = true;                         // nothing but timers is only in runs
  bool one_key = false;                         // see one_key_at_a_time()
  std::uint32_t clean_epoch = 0;                // rows of it and of older ones are in runs
  std::size_t heap_bytes = 0;                   // of values, beside their rows
  std::size_t dirty_bytes = 0;                  // of rows that changed in the current epoch, about
  std::size_t heap_bytes_looked_at = SIZE_MAX;  // from there on, room has to be made
  std::size_t look_at_bytes = SIZE_MAX;         // likewise, of all memory

  void count_heap(Row* row, std::size_t before, std::size_t after) noexcept {
    row->heap_bytes += static_cast<std::uint32_t>(after - before);
    heap_bytes += after - before;
  }
  // Of a row that was touched.
  void add_heap(Row* row, std::size_t before, std::size_t after) noexcept {
    count_heap(row, before, after);
    dirty_bytes += after - before;
    if (heap_bytes > heap_bytes_looked_at) [[unlikely]]
      unsettled = true;
  }
};

class TimerQueue;

class KeyedStateBackend {
 public:
  virtual ~KeyedStateBackend() = default;

  // ---- in open(), in this order
  KeyRows& key_rows(const TypeOps& key) { return key_rows(key, {}); }
  // `namespace_schema`: of what namespaces are the bytes of; empty: only the void one is used, and
  // rows have no place for others.
  virtual KeyRows& key_rows(const TypeOps& key, std::string namespace_schema) = 0;
  // Throws Error{user}: two states of one name, or a restored state of another kind or type.
  virtual BoundState& register_state(KeyRows& rows, StateSpec spec) = 0;
  // Timers of both time domains, under Flink's names.
  virtual TimerQueue& register_timers(KeyRows& rows, bool event_time) = 0;
  // No more states come: rows are laid out, restored state is loaded.
  virtual void start() = 0;

  // ---- each record
  std::uint32_t epoch() const noexcept { return gauges_.epoch; }
  // The row is about to change.
  void touch(Row* row) {
    if (row->epoch != gauges_.epoch) [[unlikely]]
      touch_slow(row);
  }
  // Between callbacks: makes room where that is due. Rows found before may be gone afterwards.
  void settle() {
    if (gauges_.unsettled) [[unlikely]]
      settle_slow();
  }
  // The row of the cursor's key, made.
  virtual Row* create_row(KeyRows& rows, Cursor& at) = 0;
  // Of a row that was touched.
  void add_heap(Row* row, std::size_t before, std::size_t after) noexcept {
    gauges_.add_heap(row, before, after);
  }
  virtual std::int64_t wall_millis() const = 0;
  // State with a time-to-live was looked at or changed: others of it are due for a look.
  virtual void note_aging(const BoundState& state) = 0;

  // ---- what is only in runs; nothing is when complete()
  bool complete() const noexcept { return gauges_.complete; }
  // Keys of records that come next, of which memory has no rows, are named, then looked up all at
  // once: what runs have of them is in a cache when its turn comes.
  virtual void expect(const KeyRows& rows, std::uint64_t hash, const void* key) = 0;
  virtual void look_up_expected() = 0;
  // Of the state's cursor, which has no row: the row, made, when runs have a value; else null.
  virtual Row* find_cold(BoundState& state) = 0;
  // Fills a cell whose contents are unknown.
  virtual void load_cell(BoundState& state, Row* row) = 0;
  virtual Element* load_element(BoundState& state, Row* owner, std::uint64_t hash,
                                const void* subkey) = 0;
  virtual void load_all(BoundState& state, Row* owner) = 0;
  virtual std::uint64_t next_index(BoundState& state, Row* owner) = 0;
  virtual std::unique_ptr<ColdElements> cold(BoundState& state, Row* owner) = 0;
  // The row was removed, or has nothing any more.
  virtual void note_garbage(Row* row) = 0;

  // Every key that has something in that state, also in runs, one after the other as current key;
  // with namespaces, every key and namespace.
  virtual void for_each_key(BoundState& state, const std::function<void()>& visit) = 0;

  // Of rows and values in memory, about.
  virtual std::size_t memory_bytes() const = 0;

  // BATCH: records come key by key, and when a key ends its timers fire and all of it goes.
  bool one_key_at_a_time() const noexcept { return gauges_.one_key; }
  virtual void end_key() = 0;

 protected:
  virtual void touch_slow(Row* row) = 0;
  virtual void settle_slow() = 0;

  Gauges gauges_;
};

// The one state of an operator, a value a key: from key_rows() to start(). At these offsets in a
// row, or it is a bug.
BoundState& bind_only_state(KeyedStateBackend& backend, std::string name, const TypeOps& key,
                            std::size_t key_offset, const TypeOps& value, std::size_t value_offset);

inline void* BoundState::read() {
  Row* const row = at->row;
  if (row == nullptr) {
    return backend->complete() && at->key != nullptr ? nullptr : read_slow();
  }
  const std::uint8_t held = bits(row);
  if (held == 0 || held == stored) return nullptr;
  if ((held & present) != 0 && !has_ttl) [[likely]]
    return cell(row);
  return read_slow();
}

inline bool BoundState::surely_empty() const {
  if (at->row == nullptr) return backend->complete() && at->key != nullptr;
  const CollectionHead& collection = head(at->row);
  return collection.live == 0 && (collection.complete || backend->complete());
}

}  // namespace flink::state
