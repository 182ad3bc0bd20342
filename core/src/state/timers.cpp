// SPDX-License-Identifier: Apache-2.0
// The queue: setting, removing and firing. A removed timer stays in the queue until it comes up, or
// until half of the queue is such.
#include "state/timers.h"

#include <flink/base/check.h>
#include <flink/error.h>
#include <flink/types/key_group.h>

#include <algorithm>

#include "state/timer_entry.h"

namespace flink::state {

namespace {

constexpr auto later = [](const auto& a, const auto& b) { return a.millis > b.millis; };

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
  const std::uint32_t align = std::max<std::uint32_t>(8, rows_.key_type->align);
  key_offset_ = (sizeof(TimerRow) + align - 1) / align * align;
  table_ = std::make_unique<RowTable>(
      (key_offset_ + rows_.key_type->size + align - 1) / align * align, table);
}

std::size_t Timers::group_index(std::uint64_t key_hash) const {
  return static_cast<std::size_t>(key_group(key_hash, max_parallelism_) - groups_.first);
}

// ---- rows

std::uint64_t Timers::hash_of(std::uint64_t row_hash, std::int64_t millis) {
  using flink::detail::combine_hash;
  using flink::detail::mix64;
  return combine_hash(row_hash, mix64(static_cast<std::uint64_t>(millis)));
}

TimerRow* Timers::find(std::uint64_t hash, std::int64_t millis, const Cursor& at) const {
  return static_cast<TimerRow*>(table_->find(hash, [&](Row* row) {
    auto* const timer = static_cast<TimerRow*>(row);
    return timer->millis == millis && timer->name_space == at.name_space &&
           rows_.key_type->equal(key_of(timer), at.key);
  }));
}

TimerRow* Timers::make(std::uint64_t hash, std::int64_t millis, std::uint64_t key_hash,
                       const void* key, const Namespace& name_space) {
  auto* const timer = static_cast<TimerRow*>(table_->add(hash));
  timer->millis = millis;
  timer->key_hash = key_hash;
  ::new (&timer->name_space) Namespace(name_space);
  rows_.key_type->copy(key_of(timer), key);
  gauges_.count_heap(timer, 0, rows_.key_type->heap_bytes(key) + name_space.heap_bytes());
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

bool Timers::add(std::int64_t millis) {
  require_key();
  const std::uint64_t hash = hash_of(rows_.hash, millis);
  TimerRow* timer = find(hash, millis, rows_);
  const bool first = millis < next_millis();
  if (timer == nullptr) {
    const std::uint64_t key_hash = rows_.key_hash_of(rows_);
    timer = make(hash, millis, key_hash, rows_.key, rows_.name_space);
    if (may_be_cold(millis, group_index(key_hash))) timer->set(Row::stored);
    backend_.touch(timer);
    queue(timer);
    return first;
  }
  if (!timer->is(Row::dead)) return false;
  backend_.touch(timer);
  timer->unset(Row::dead);
  if (timer->is(Row::queued)) --removed_;
  else queue(timer);
  return first;
}

void Timers::remove(std::int64_t millis) {
  require_key();
  const std::uint64_t hash = hash_of(rows_.hash, millis);
  TimerRow* timer = find(hash, millis, rows_);
  if (timer == nullptr) {
    const std::uint64_t key_hash = rows_.key_hash_of(rows_);
    if (!may_be_cold(millis, group_index(key_hash))) return;
    timer = make(hash, millis, key_hash, rows_.key, rows_.name_space);
    timer->set(Row::stored);
  } else if (timer->is(Row::dead)) {
    return;
  }
  backend_.touch(timer);
  timer->set(Row::dead);
  if (!timer->is(Row::queued)) return backend_.note_garbage(timer);
  constexpr std::size_t few = 64;
  if (++removed_ > few && removed_ * 2 > queued_) drop_removed();
}

bool Timers::pop_due(std::int64_t now_millis, std::int64_t& millis) {
  backend_.settle();
  drop_removed_front();
  while (nearest_ && *nearest_ <= now_millis &&
         (heap_.empty() || *nearest_ < heap_.front().millis)) {
    const std::size_t all = std::max<std::size_t>(near_max_ / (4 * far_.size()), 1);
    read_ahead(nearest_group_, all);
    drop_removed_front();
  }
  if (heap_.empty() || heap_.front().millis > now_millis) return false;
  TimerRow* const timer = pop();
  millis = timer->millis;
  backend_.touch(timer);
  timer->set(Row::dead);
  rows_.stand(timer->key_hash, key_of(timer), timer->name_space);
  backend_.note_garbage(timer);  // it stays until the next settle()
  return true;
}

std::int64_t Timers::next_millis() {
  drop_removed_front();
  const std::int64_t near = heap_.empty() ? INT64_MAX : heap_.front().millis;
  return nearest_ ? std::min(near, *nearest_) : near;
}

void Timers::queue(TimerRow* timer) {
  timer->set(Row::queued);
  ++queued_;
  const std::size_t group = group_index(timer->key_hash);
  if (is_near(*timer, group)) push(timer);
  else far_[group].push_back({timer->millis, timer});
}

void Timers::push(TimerRow* timer) {
  heap_.push_back({timer->millis, timer});
  std::push_heap(heap_.begin(), heap_.end(), later);
}

TimerRow* Timers::pop() {
  std::pop_heap(heap_.begin(), heap_.end(), later);
  TimerRow* const timer = heap_.back().timer;
  heap_.pop_back();
  --queued_;
  timer->unset(Row::queued);
  return timer;
}

void Timers::drop_removed_front() {
  while (!heap_.empty() && heap_.front().timer->is(Row::dead)) {
    TimerRow* const timer = pop();
    --removed_;
    backend_.note_garbage(timer);
  }
}

bool Timers::drop(const Entry& entry) {
  if (!entry.timer->is(Row::dead)) return false;
  entry.timer->unset(Row::queued);
  --queued_;
  --removed_;
  backend_.note_garbage(entry.timer);
  return true;
}

void Timers::drop_removed() {
  const auto removed = [this](const Entry& entry) { return drop(entry); };
  std::erase_if(heap_, removed);
  std::make_heap(heap_.begin(), heap_.end(), later);
  for (auto& far : far_) std::erase_if(far, removed);
}

void Timers::forget_all() {
  if (queued_ > heap_.size()) {
    for (auto& far : far_) far.clear();
  }
  heap_.clear();
  queued_ = removed_ = 0;
}

// ---- what is near

bool Timers::is_near(const TimerRow& timer, std::size_t group) {
  const Horizon& horizon = horizons_[group];
  if (horizon.open) return true;
  if (timer.millis != horizon.millis) return timer.millis < horizon.millis;
  if (horizon.key.empty()) return false;
  key_scratch_.clear();
  append_key(key_scratch_, whole_scratch_, timer);
  return key_scratch_ < horizon.key;
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
  if (removed_ > 0) drop_removed();
  if (heap_.size() > near_max_) {
    std::vector<Entry> by_time = heap_;
    const auto cut = by_time.begin() + static_cast<std::ptrdiff_t>(near_max_ / 2);
    std::nth_element(by_time.begin(), cut, by_time.end(),
                     [](const Entry& a, const Entry& b) { return a.millis < b.millis; });
    const std::int64_t millis = cut->millis;
    lower_horizons(millis);
    std::erase_if(heap_, [this, millis](const Entry& entry) {
      if (entry.millis < millis) return false;
      far_[group_index(entry.timer->key_hash)].push_back(entry);
      return true;
    });
    std::make_heap(heap_.begin(), heap_.end(), later);
  }
  for (auto& far : far_) {
    std::erase_if(far, [this](const Entry& entry) {
      if (entry.timer->epoch > gauges_.clean_epoch) return false;
      --queued_;
      free(entry.timer);
      return true;
    });
  }
}

}  // namespace flink::state
