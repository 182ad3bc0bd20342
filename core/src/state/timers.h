// SPDX-License-Identifier: Apache-2.0
// Timers: those of one time domain. Each is a row of its own, (time, key, namespace), apart from
// the rows of its key, so that those may leave memory, and it may too: runs have timers in order of
// (key group, time), and each key group has a horizon. What is due before it is in memory and in a
// wheel; from it on, timers may be in runs only, and come when their time does.
//
// A row of a key and namespace may hold one timer itself (windows: the end): nothing has to be
// looked up when it is set or comes up. It is written along with the row, as the same entry, and
// when the row leaves memory it becomes a row of its own.
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
#include "state/time_wheel.h"

namespace flink::state {

class RunStack;
struct Gauges;

// [TimerRow][key]; it has no other timer than itself.
struct TimerRow : NamespacedRow {};

class Timers final : public TimerQueue {
 public:
  Timers(KeyedStateBackend& backend, Gauges& gauges, KeyRows& rows, std::string name,
         KeyGroupRange groups, int max_parallelism);
  void lay_out(std::uint8_t table);

  bool add(std::int64_t millis) override;
  bool add_to_row(Row* row, std::int64_t millis) override;
  void remove(std::int64_t millis) override;
  void remove_from_row(Row* row) override;
  Due pop_due(std::int64_t now_millis, std::int64_t& millis) override;
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
  // The key as stored, appended to `out`; what values of cut keys carry, to `whole`. Of a timer, or
  // of the one that a row holds.
  void append_key(std::string& out, std::string& whole, const NamespacedRow& row);
  // Of the queue, about; rows are the table's.
  std::size_t queue_bytes() const {
    return (wheel_.size() + far_size_) * (sizeof(Entry) + sizeof(Entry) / 2);
  }
  // A clean row leaves memory, and its timer stays.
  void keep_timer_of(const NamespacedRow& row);

  // Of a restored stack. `near_max`: so many are kept near, about, when there is little memory;
  // SIZE_MAX: all are.
  void attach(const RunStack& stack, std::size_t near_max);
  // From a run that has it otherwise.
  void add_restored(std::int64_t millis, std::string_view key, std::string_view name_space);
  // Nothing is queued any more; the caller frees the rows.
  void forget_all();
  // Lets go of what is far and clean.
  void shed();
  bool too_many_near() const {
    return near_max_ != SIZE_MAX && table_->size() > far_size_ + 2 * near_max_;
  }

 private:
  using Entry = TimeWheel::Entry;
  // Of a key group: where what memory surely has ends.
  struct Horizon {
    bool open = true;  // nowhere: it has all
    std::int64_t millis = 0;
    std::string key;  // as stored; empty: the beginning of that millisecond
  };

  struct Place {  // of a timer
    std::uint64_t row_hash, key_hash;
    const void* key;
    const Namespace& name_space;
  };

  bool is_timer_row(const Row* row) const { return row->table == table_number_; }
  void* key_of(NamespacedRow* row) const {
    return reinterpret_cast<char*>(row) + (is_timer_row(row) ? key_offset_ : rows_.key_offset);
  }
  Place place_of(NamespacedRow* row) const;
  Place current_place() const;
  static std::uint64_t hash_of(const Place& place, std::int64_t millis);
  void require_key() const;
  TimerRow* find(std::uint64_t hash, std::int64_t millis, const Place& place) const;
  // The row of that place, if that timer is, or was, in it; null: none.
  NamespacedRow* holder(const Place& place, std::int64_t millis) const;
  bool is_before_others(std::int64_t millis) const;
  TimerRow* make(std::uint64_t hash, std::int64_t millis, const Place& place);
  bool add(std::int64_t millis, const Place& place);
  void set_in(NamespacedRow* row, std::int64_t millis);
  void unset_in(NamespacedRow* row);
  void remove_stored(const NamespacedRow& row);
  void queue(TimerRow* timer);
  bool is_near(const NamespacedRow& row, std::size_t group);
  bool may_be_cold(std::int64_t millis, std::uint64_t key_hash) const {
    if (!nearest_) return false;
    const Horizon& horizon = horizons_[group_index(key_hash)];
    return !horizon.open && millis >= horizon.millis;
  }
  // Removed, or moved to another row.
  bool is_gone(const Entry& entry) const;
  bool drop(const Entry& entry);  // true: it is gone, and leaves the queue
  void note_gone(std::int64_t millis);
  void drop_gone();
  void ask_for_keys();
  void find_nearest_horizon();
  std::size_t timers_to_read() const;
  void read_ahead(std::size_t group, std::size_t count);
  void lower_horizons(std::int64_t millis);
  void move_far(std::int64_t millis);
  bool let_go(const Entry& entry);

  KeyedStateBackend& backend_;
  Gauges& gauges_;
  KeyRows& rows_;
  std::string name_;
  std::uint32_t id_;
  KeyGroupRange groups_;
  int max_parallelism_;
  std::uint32_t key_offset_ = 0;
  std::uint8_t table_number_ = 0;
  std::unique_ptr<RowTable> table_;

  TimeWheel wheel_;                      // what is near, and all that rows hold
  std::vector<std::vector<Entry>> far_;  // by key group: in memory, not before the horizon
  std::size_t far_size_ = 0, gone_ = 0;  // in all of far_; of wheel_ and far_, about, that are gone
  bool first_may_be_gone_ = false;       // of wheel_: next_millis() has to look
  std::vector<Horizon> horizons_;        // by key group
  std::optional<std::int64_t> nearest_;  // horizon; none: all are open
  std::size_t nearest_group_ = 0;

  const RunStack* stack_ = nullptr;
  std::size_t near_max_ = SIZE_MAX;
  ByteWriter key_writer_;
  std::string key_scratch_, whole_scratch_, time_scratch_;
};

}  // namespace flink::state
