// SPDX-License-Identifier: Apache-2.0
// The queue: setting, removing and firing. What is removed stays in the queue until it comes up, or
// until half of the queue is such. The entry of a timer that a row holds is gone when the row is,
// or holds another one; entries may outlive rows, whose memory stays.
#include "state/timers.h"

#include <flink/base/check.h>
#include <flink/error.h>
#include <flink/types/key_group.h>

#include <algorithm>

#include "state/timer_entry.h"

namespace flink::state {

namespace {

bool has_nothing(const KeyRows& rows, Row* row) {
  return std::none_of(rows.states.begin(), rows.states.end(), [row](const auto& state) {
    if (!is_collection(state->kind)) return (state->bits(row) & (present | unknown)) != 0;
    return state->head(row).held > 0 || state->head(row).cleared;
  });
}

}  // namespace

Timers::Timers(KeyedStateBackend& backend, Gauges& gauges, KeyRows& rows, std::string name,
               KeyGroupRange groups, int max_parallelism)
    : backend_(backend),
      gauges_(gauges),
      rows_(rows),
      name_(std::move(name)),
      id_(timers_id(name_)),
      groups_(groups),
      max_parallelism_(max_parallelism),
      far_(static_cast<std::size_t>(groups.last - groups.first + 1)),
      horizons_(far_.size()) {}

void Timers::lay_out(std::uint8_t table) {
  table_number_ = table;
  const std::uint32_t align = std::max<std::uint32_t>(8, rows_.key_type->align);
  key_offset_ = (sizeof(TimerRow) + align - 1) / align * align;
  table_ = std::make_unique<RowTable>(
      (key_offset_ + rows_.key_type->size + align - 1) / align * align, table);
}

std::size_t Timers::group_index(std::uint64_t key_hash) const {
  return static_cast<std::size_t>(key_group(key_hash, max_parallelism_) - groups_.first);
}

// ---- rows

Timers::Place Timers::place_of(NamespacedRow* row) const {
  return {row->hash, row->key_hash, key_of(row), row->name_space};
}
Timers::Place Timers::current_place() const {
  return {rows_.hash, rows_.key_hash_of(rows_), rows_.key, rows_.name_space};
}

std::uint64_t Timers::hash_of(const Place& place, std::int64_t millis) {
  using flink::detail::combine_hash;
  using flink::detail::mix64;
  return combine_hash(place.row_hash, mix64(static_cast<std::uint64_t>(millis)));
}

TimerRow* Timers::find(std::uint64_t hash, std::int64_t millis, const Place& place) const {
  if (table_->size() == 0) return nullptr;
  return static_cast<TimerRow*>(table_->find(hash, [&](Row* row) {
    auto* const timer = static_cast<TimerRow*>(row);
    return timer->due == millis && timer->name_space == place.name_space &&
           rows_.key_type->equal(key_of(timer), place.key);
  }));
}

NamespacedRow* Timers::holder(const Place& place, std::int64_t millis) const {
  if (rows_.row_timers != this) return nullptr;
  Row* const row = rows_.find(place.row_hash, place.key, place.name_space);
  if (row == nullptr || !(row->is(Row::timed) || row->is(Row::timer_stored))) return nullptr;
  auto* const named = static_cast<NamespacedRow*>(row);
  return named->due == millis ? named : nullptr;
}

TimerRow* Timers::make(std::uint64_t hash, std::int64_t millis, const Place& place) {
  auto* const timer = static_cast<TimerRow*>(table_->add(hash));
  timer->due = millis;
  timer->key_hash = place.key_hash;
  ::new (&timer->name_space) Namespace(place.name_space);
  rows_.key_type->copy(key_of(timer), place.key);
  gauges_.count_heap(timer, 0,
                     rows_.key_type->heap_bytes(place.key) + place.name_space.heap_bytes());
  return timer;
}

void Timers::destroy(TimerRow* timer) {
  rows_.key_type->destroy(key_of(timer));
  timer->name_space.~Namespace();
}

void Timers::free(TimerRow* timer) {
  gauges_.count_heap(timer, timer->heap_bytes, 0);
  destroy(timer);
  table_->remove(timer);
}

// ---- the queue

void Timers::require_key() const {
  if (rows_.key != nullptr) return;
  throw Error{ErrorKind::user,
              "a timer is set or deleted where no key is current (" +
                  (rows_.hook != nullptr ? std::string{rows_.hook} : "process_broadcast_element") +
                  "): timers need a key, set them in process_element or on_timer"};
}

// What is gone may still say no: whoever waits for that one asks again when it comes up.
bool Timers::is_before_others(std::int64_t millis) const {
  return millis < wheel_.next() && (!nearest_ || millis < *nearest_);
}

bool Timers::add(std::int64_t millis) {
  require_key();
  const Place place = current_place();
  if (NamespacedRow* const row = holder(place, millis); row != nullptr) {
    const bool first = is_before_others(millis);
    if (row->is(Row::timed)) return false;
    set_in(row, millis);
    return first;
  }
  return add(millis, place);
}

bool Timers::add(std::int64_t millis, const Place& place) {
  const std::uint64_t hash = hash_of(place, millis);
  TimerRow* timer = find(hash, millis, place);
  const bool first = is_before_others(millis);
  if (timer == nullptr) {
    timer = make(hash, millis, place);
    if (may_be_cold(millis, place.key_hash)) timer->set(Row::stored);
    backend_.touch(timer);
    queue(timer);
    return first;
  }
  if (!timer->is(Row::dead)) return false;
  backend_.touch(timer);
  timer->unset(Row::dead);
  if (!timer->is(Row::queued)) queue(timer);
  else if (gone_ > 0) --gone_;
  return first;
}

bool Timers::add_to_row(Row* of, std::int64_t millis) {
  auto* const row = static_cast<NamespacedRow*>(of);
  if (rows_.row_timers == nullptr) rows_.row_timers = this;
  const Place place = place_of(row);
  if (rows_.row_timers != this) return add(millis, place);
  if (row->is(Row::timed)) return row->due != millis && add(millis, place);
  const bool was = row->is(Row::timer_stored) && row->due == millis;
  if (!was && (may_be_cold(millis, place.key_hash) ||
               find(hash_of(place, millis), millis, place) != nullptr)) {
    return add(millis, place);
  }
  const bool first = is_before_others(millis);
  set_in(row, millis);
  return first;
}

void Timers::set_in(NamespacedRow* row, std::int64_t millis) {
  backend_.touch(row);
  if (row->is(Row::timer_stored) && row->due != millis) remove_stored(*row);
  row->due = millis;
  row->set(Row::timed);
  wheel_.push(millis, row);
}

void Timers::unset_in(NamespacedRow* row) {
  backend_.touch(row);
  row->unset(Row::timed);
  if (has_nothing(rows_, row)) backend_.note_garbage(row);
}

// Runs may have the timer that the row held, and the row is to hold another one.
void Timers::remove_stored(const NamespacedRow& row) {
  auto& holds = const_cast<NamespacedRow&>(row);
  const Place place = place_of(&holds);
  TimerRow* const timer = make(hash_of(place, row.due), row.due, place);
  timer->set(Row::stored);
  backend_.touch(timer);
  timer->set(Row::dead);
  holds.unset(Row::timer_stored);
  backend_.note_garbage(timer);
}

void Timers::remove(std::int64_t millis) {
  require_key();
  const Place place = current_place();
  if (NamespacedRow* const row = holder(place, millis); row != nullptr) {
    if (!row->is(Row::timed)) return;
    unset_in(row);
    return note_gone(millis);
  }
  const std::uint64_t hash = hash_of(place, millis);
  TimerRow* timer = find(hash, millis, place);
  if (timer == nullptr) {
    if (!may_be_cold(millis, place.key_hash)) return;
    timer = make(hash, millis, place);
    timer->set(Row::stored);
  } else if (timer->is(Row::dead)) {
    return;
  }
  backend_.touch(timer);
  timer->set(Row::dead);
  if (!timer->is(Row::queued)) return backend_.note_garbage(timer);
  note_gone(millis);
}

void Timers::remove_from_row(Row* row) {
  unset_in(static_cast<NamespacedRow*>(row));
  note_gone(static_cast<NamespacedRow*>(row)->due);
}

Due Timers::pop_due(std::int64_t now_millis, std::int64_t& millis) {
  backend_.settle();
  for (Entry entry{};;) {
    while (nearest_ && *nearest_ <= now_millis && (wheel_.empty() || *nearest_ < wheel_.next())) {
      read_ahead(nearest_group_, timers_to_read());
    }
    if (const Due due = wheel_.pop(now_millis, entry); due != Due::one) return due;
    first_may_be_gone_ = true;
    if (rows_.asks_for_keys) ask_for_keys();
    if (drop(entry)) continue;
    millis = entry.millis;
    if (!is_timer_row(entry.row)) {
      entry.row->set(Row::recent);
      rows_.stand_on(entry.row);
      unset_in(entry.row);
      return Due::one;
    }
    auto* const timer = static_cast<TimerRow*>(entry.row);
    timer->unset(Row::queued);
    backend_.touch(timer);
    timer->set(Row::dead);
    rows_.stand(timer->key_hash, key_of(timer), timer->name_space);
    backend_.note_garbage(timer);  // it stays until the next settle()
    return Due::one;
  }
}

// Of one group. When little is near, as where groups come one after another since all is due at
// once, a long stretch of the runs is read at a time, and not here a bit and there a bit.
std::size_t Timers::timers_to_read() const {
  constexpr std::size_t in_a_few_ms = 16 << 10;
  const std::size_t room = near_max_ - std::min(near_max_, table_->size());
  return std::max({near_max_ / (4 * far_.size()), std::min(room / 2, in_a_few_ms), std::size_t{1}});
}

// Whoever is called for a timer looks at what its key has: the index of those that come next, and
// the rows.
void Timers::ask_for_keys() {
  constexpr std::size_t index_ahead = 8, row_ahead = 4;
  if (const NamespacedRow* const row = wheel_.ahead(index_ahead)) {
    rows_.table->prefetch_index(row->key_hash);
  }
  if (const NamespacedRow* const row = wheel_.ahead(row_ahead)) rows_.table->likely(row->key_hash);
}

std::int64_t Timers::next_millis() {
  if (gone_ > 0 && first_may_be_gone_) {
    wheel_.drop_first([this](const Entry& entry) { return drop(entry); });
    first_may_be_gone_ = false;
  }
  const std::int64_t near = wheel_.next();
  return nearest_ ? std::min(near, *nearest_) : near;
}

void Timers::queue(TimerRow* timer) {
  timer->set(Row::queued);
  const std::size_t group = nearest_ ? group_index(timer->key_hash) : 0;
  if (!nearest_ || is_near(*timer, group)) return wheel_.push(timer->due, timer);
  far_[group].push_back({timer->due, timer});
  ++far_size_;
}

bool Timers::is_gone(const Entry& entry) const {
  if (is_timer_row(entry.row)) return entry.row->is(Row::dead);
  return !entry.row->is(Row::used) || !entry.row->is(Row::timed) || entry.row->due != entry.millis;
}

bool Timers::drop(const Entry& entry) {
  if (!is_gone(entry)) return false;
  if (gone_ > 0) --gone_;
  if (is_timer_row(entry.row)) {
    entry.row->unset(Row::queued);
    backend_.note_garbage(entry.row);
  }
  return true;
}

void Timers::note_gone(std::int64_t millis) {
  constexpr std::size_t few = 64;
  first_may_be_gone_ |= millis <= wheel_.next();
  if (++gone_ > few && gone_ * 2 > wheel_.size() + far_size_) drop_gone();
}

void Timers::drop_gone() {
  const auto gone = [this](const Entry& entry) { return drop(entry); };
  wheel_.erase_if(gone);
  for (auto& far : far_) far_size_ -= std::erase_if(far, gone);
  gone_ = 0;
}

void Timers::forget_all() {
  if (far_size_ > 0) {
    for (auto& far : far_) far.clear();
  }
  wheel_.clear();
  far_size_ = gone_ = 0;
}

// ---- what is near

bool Timers::is_near(const NamespacedRow& row, std::size_t group) {
  const Horizon& horizon = horizons_[group];
  if (horizon.open) return true;
  if (row.due != horizon.millis) return row.due < horizon.millis;
  if (horizon.key.empty()) return false;
  key_scratch_.clear();
  append_key(key_scratch_, whole_scratch_, row);
  return key_scratch_ < horizon.key;
}

void Timers::keep_timer_of(const NamespacedRow& row) {
  FLINK_CHECK(row.is(Row::timer_stored));
  note_gone(row.due);  // its entry, from now on
  if (nearest_ && !is_near(row, group_index(row.key_hash))) return;
  const Place place = place_of(&const_cast<NamespacedRow&>(row));
  TimerRow* const timer = make(hash_of(place, row.due), row.due, place);
  timer->set(Row::stored);
  queue(timer);
}

void Timers::find_nearest_horizon() {
  nearest_.reset();
  for (std::size_t group = 0; group < horizons_.size(); ++group) {
    const Horizon& horizon = horizons_[group];
    if (horizon.open || (nearest_ && *nearest_ <= horizon.millis)) continue;
    nearest_ = horizon.millis;
    nearest_group_ = group;
  }
}

void Timers::lower_horizons(std::int64_t millis) {
  for (Horizon& horizon : horizons_) {
    if (!horizon.open && horizon.millis < millis) continue;
    horizon = {.open = false, .millis = millis, .key = {}};
  }
  find_nearest_horizon();
}

void Timers::shed() {
  if (near_max_ == SIZE_MAX) return;
  if (gone_ > 0) drop_gone();
  if (table_->size() > near_max_) {
    std::vector<std::int64_t> times;
    wheel_.erase_if([&](const Entry& entry) {
      if (is_timer_row(entry.row)) times.push_back(entry.millis);
      return false;
    });
    if (times.size() > near_max_) {
      const auto cut = times.begin() + static_cast<std::ptrdiff_t>(near_max_ / 2);
      std::nth_element(times.begin(), cut, times.end());
      move_far(*cut);
    }
  }
  for (auto& far : far_) {
    far_size_ -= std::erase_if(far, [this](const Entry& entry) { return let_go(entry); });
    if (far.capacity() > 2 * far.size()) far.shrink_to_fit();
  }
}

// Runs have it, and it is not near: true.
bool Timers::let_go(const Entry& entry) {
  if (entry.row->epoch > gauges_.clean_epoch) return false;
  free(static_cast<TimerRow*>(entry.row));
  return true;
}

// From that time on.
void Timers::move_far(std::int64_t millis) {
  lower_horizons(millis);
  wheel_.erase_if([this, millis](const Entry& entry) {
    if (entry.millis < millis || !is_timer_row(entry.row)) return false;
    if (let_go(entry)) return true;
    far_[group_index(entry.row->key_hash)].push_back(entry);
    ++far_size_;
    return true;
  });
}

}  // namespace flink::state
