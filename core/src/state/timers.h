// SPDX-License-Identifier: Apache-2.0
// Timers: those of one time domain. Each is a row of its own, (time, key, namespace), apart from
// the rows of its key, so that those may leave memory, and it may too: runs have timers in order of
// (key group, time), and each key group has a horizon. What is due before it is in memory and in a
// heap; from it on, timers may be in runs only, and come when their time does.
// Owned by the backend; the slot's thread only.
#pragma once

#include <flink/state/timer_service.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "state/entry_key.h"
#include "state/handles.h"

namespace flink::state {

class RunStack;
struct Gauges;

// [TimerRow][key]
struct TimerRow : NamespacedRow {
  std::int64_t millis;
};

class Timers final : public TimerQueue {
 public:
  Timers(KeyedStateBackend& backend, Gauges& gauges, KeyRows& rows, std::string name,
         KeyGroupRange groups, int max_parallelism);
  void lay_out(std::uint8_t table);

  bool add(std::int64_t millis) override;
  void remove(std::int64_t millis) override;
  bool pop_due(std::int64_t now_millis, std::int64_t& millis) override;
  std::int64_t next_millis() override;

  // ---- for the backend's other parts
  RowTable& table() const { return *table_; }
  const KeyRows& keys() const { return rows_; }
  std::uint32_t id() const { return id_; }
  std::uint32_t old_id() const { return state_id(name_); }
  StateDescriptor descriptor() const;
  std::size_t group_index(std::uint64_t key_hash) const;
  void destroy(TimerRow* timer);  // what is in it
  void free(TimerRow* timer);
  // The key as stored, appended to `out`; what values of cut keys carry, to `whole`.
  void append_key(std::string& out, std::string& whole, const TimerRow& timer);

  // Of a restored stack. `near_max`: so many are kept near, about, when there is little memory;
  // SIZE_MAX: all are.
  void attach(const RunStack& stack, std::size_t near_max);
  // From a run that has it otherwise.
  void add_restored(std::int64_t millis, std::string_view key, std::string_view name_space);
  // Nothing is queued any more; the caller frees the rows.
  void forget_all();
  // Lets go of what is far and clean.
  void shed();

 private:
  struct Entry {
    std::int64_t millis;
    TimerRow* timer;
  };
  // Of a key group: where what memory surely has ends.
  struct Horizon {
    bool open = true;  // nowhere: it has all
    std::int64_t millis = 0;
    std::string key;  // as stored; empty: the beginning of that millisecond
  };

  void* key_of(TimerRow* timer) const { return reinterpret_cast<char*>(timer) + key_offset_; }
  static std::uint64_t hash_of(std::uint64_t row_hash, std::int64_t millis);
  void require_key() const;
  TimerRow* find(std::uint64_t hash, std::int64_t millis, const Cursor& at) const;
  TimerRow* make(std::uint64_t hash, std::int64_t millis, std::uint64_t key_hash, const void* key,
                 const Namespace& name_space);
  void queue(TimerRow* timer);
  bool is_near(const TimerRow& timer, std::size_t group);
  bool may_be_cold(std::int64_t millis, std::size_t group) const {
    return !horizons_[group].open && millis >= horizons_[group].millis;
  }
  void push(TimerRow* timer);
  TimerRow* pop();
  void drop_removed();
  void drop_removed_front();
  bool drop(const Entry& entry);  // true: it was removed, and has left the queue
  void find_nearest_horizon();
  void read_ahead(std::size_t group, std::size_t count);
  void lower_horizons(std::int64_t millis);

  KeyedStateBackend& backend_;
  Gauges& gauges_;
  KeyRows& rows_;
  std::string name_;
  std::uint32_t id_;
  KeyGroupRange groups_;
  int max_parallelism_;
  std::uint32_t key_offset_ = 0;
  std::unique_ptr<RowTable> table_;

  std::vector<Entry> heap_;               // what is near, by time
  std::vector<std::vector<Entry>> far_;   // by key group: in memory, not before the horizon
  std::size_t queued_ = 0, removed_ = 0;  // rows in heap_ and far_; removed ones among them
  std::vector<Horizon> horizons_;         // by key group
  std::optional<std::int64_t> nearest_;   // horizon; none: all are open
  std::size_t nearest_group_ = 0;

  const RunStack* stack_ = nullptr;
  std::size_t near_max_ = SIZE_MAX;
  ByteWriter key_writer_;
  std::string key_scratch_, whole_scratch_, time_scratch_;
};

}  // namespace flink::state
