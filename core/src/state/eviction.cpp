// SPDX-License-Identifier: Apache-2.0
#include "state/eviction.h"

#include <flink/base/check.h>
#include <flink/base/prefetch.h>

#include <algorithm>
#include <utility>

namespace flink::state {

namespace {
// At a time, when looking for some that may leave: in less than a millisecond.
constexpr std::size_t rows_looked_at = 4096;
constexpr std::chrono::microseconds flush_turn{50};
// More than is needed leaves, so that not each record has to make room.
constexpr std::size_t ahead_bytes = std::size_t{64} << 10;
// Elements of smaller collections leave with their key, those of larger ones for themselves.
constexpr std::uint32_t elements_with_key = 64;
}  // namespace

Eviction::Eviction(StateTables& tables, Flushes& flushes, Gauges& gauges, const base::Clock& clock,
                   std::size_t budget)
    : tables_(tables), flushes_(flushes), gauges_(gauges), clock_(clock), budget_(budget) {
  if (budget_ == 0) return;
  tables_.clean_rows().enable();
  look_at(budget_);
}

void Eviction::more_is_clean() {
  if (budget_ == 0) return;
  timers_due_ = true;
  look_at(budget_);
  tables_.note_growth();
}

bool Eviction::over_limit() const { return budget_ != 0 && tables_.memory_bytes() > budget_; }

// Room is not looked for before memory has that many bytes; soon anyway, as the limit changes.
void Eviction::look_at(std::size_t bytes) {
  const std::size_t now = tables_.memory_bytes();
  gauges_.look_at_bytes = std::min(bytes, now + budget_ / 4);
  gauges_.heap_bytes_looked_at =
      gauges_.heap_bytes +
      std::min(gauges_.look_at_bytes > now ? gauges_.look_at_bytes - now : 0, step_bytes());
}

void Eviction::make_room() {
  if (budget_ == 0 || keep_all_) return;
  if (std::exchange(timers_due_, false) && over_limit()) {
    for (const auto& timers : tables_.timers()) timers->shed();
  }
  if (!over_limit()) return look_at(budget_);
  if (tables_.memory_bytes() <= gauges_.look_at_bytes) return look_at(gauges_.look_at_bytes);
  // Ahead of need: while a quarter is on its way, the rest can still leave.
  if (flushes_.empty() && gauges_.dirty_bytes > budget_ / 4) flushes_.begin_spill();
  evict_some();
  if (!over_limit()) return look_at(budget_);
  // Too little is clean.
  flushes_.merges().work();
  if (flushes_.empty() && gauges_.dirty_bytes > step_bytes()) flushes_.begin_spill();
  if (tables_.memory_bytes() <= soft_max()) {
    flushes_.work(clock_.now() + flush_turn);
  } else if (!flushes_.empty()) {
    flushes_.add_stalled(gauges_.dirty_bytes);
    flushes_.finish_now(hard_max());
    while (over_limit() && !tables_.clean_rows().empty()) evict_some();
  }
  if (over_limit() && tables_.clean_rows().empty()) {
    // A flush goes on as memory grows; when it is done, rows can leave.
    look_at(tables_.memory_bytes() + step_bytes() / 16);
  } else {
    look_at(budget_);
    gauges_.unsettled |= over_limit();
  }
}

// The rows come in no order of memory: each is asked for in advance, then what it takes to remove
// it.
void Eviction::prefetch_ahead() const {
  constexpr std::size_t rows_ahead = 16;
  constexpr std::size_t lines_ahead = 8;
  const CleanRows& clean = tables_.clean_rows();
  if (const Row* const row = clean.ahead(rows_ahead); row != nullptr) detail::prefetch(row);
  const Row* const row = clean.ahead(lines_ahead);
  if (row == nullptr || !row->is(Row::used)) return;
  const StateTables::Table& table = tables_.table_of(row);
  table.rows->prefetch_index(row->hash);
  if (table.state != nullptr) detail::prefetch(static_cast<const Element*>(row)->owner);
}

// Until memory is a bit below the limit, or enough were looked at.
void Eviction::evict_some() {
  const std::size_t target = budget_ - std::min(budget_ / 64, ahead_bytes);
  CleanRows& clean = tables_.clean_rows();
  // Rows that leave may leave a timer behind.
  for (const auto& timers : tables_.timers()) {
    if (timers->too_many_near()) timers->shed();
  }
  for (std::size_t looked = 0; looked < rows_looked_at && !clean.empty(); ++looked) {
    if (tables_.memory_bytes() <= target) return;
    prefetch_ahead();
    Row* const row = clean.take();
    if (row == nullptr || !tables_.is_clean(row)) continue;
    const StateTables::Table& table = tables_.table_of(row);
    if (stays_for_now(table, row)) {
      clean.note(row);
    } else {
      evict_row(table, row);
    }
  }
}

// It was looked at since it was passed by; as an element of a small collection with its key.
bool Eviction::stays_for_now(const StateTables::Table& table, Row* row) {
  if (row->is(Row::recent)) {
    row->unset(Row::recent);
    return true;
  }
  if (table.state == nullptr) return false;
  const Row* const owner = static_cast<Element*>(row)->owner;
  return owner->is(Row::recent) && owner->is(Row::noted) &&
         table.state->head(const_cast<Row*>(owner)).held <= elements_with_key;
}

void Eviction::evict_row(const StateTables::Table& table, Row* row) {
  if (table.state == nullptr) {
    evict_key(*table.keys, row);
    return;
  }
  auto* const e = static_cast<Element*>(row);
  Row* const owner = e->owner;
  if (table.state->head(owner).held > elements_with_key || owner->is(Row::recent) ||
      !tables_.is_clean(owner)) {
    evict_element(*table.state, e);
  } else {
    evict_key(*table.state->rows, owner);
  }
}

void Eviction::evict_element(BoundState& state, Element* e) {
  if (!e->is(Row::dead)) {
    CollectionHead& head = state.head(e->owner);
    head.complete = false;
    (e->previous != nullptr ? e->previous->next : head.first) = e->next;
    (e->next != nullptr ? e->next->previous : head.last) = e->previous;
    --head.live;
    state.value->destroy(state.value_of(e));
    gauges_.complete = false;
  }
  tables_.free_element(e);
}

// Its elements need not note it again.
bool Eviction::evict_key(KeyRows& rows, Row* row) {
  row->set(Row::noted);
  for (const auto& state : rows.states) {
    if (!is_collection(state->kind)) continue;
    CollectionHead& head = state->head(row);
    if (head.held > elements_with_key) continue;
    for (Element* e = head.first; e != nullptr;) {
      Element* const element = std::exchange(e, e->next);
      if (tables_.is_clean(element)) evict_element(*state, element);
    }
  }
  row->unset(Row::noted);
  return evict_key_row(rows, row);
}

bool Eviction::evict_key_row(KeyRows& rows, Row* row) {
  bool held = false;
  bool had_values = false;
  for (const auto& state : rows.states) {
    if (is_collection(state->kind)) {
      held |= state->head(row).held > 0;
      continue;
    }
    had_values |= (state->bits(row) & present) != 0;
  }
  if (!held) {
    gauges_.complete = gauges_.complete && tables_.is_empty(rows, row);
    if (row->is(Row::timed)) {
      static_cast<Timers*>(rows.row_timers)->keep_timer_of(*static_cast<NamespacedRow*>(row));
    }
    tables_.free_key_row(rows, row);
    return true;
  }
  // It stays for the sake of its elements; what it holds itself may go.
  if (!had_values || row->heap_bytes == 0) return false;
  for (const auto& state : rows.states) {
    if (is_collection(state->kind)) continue;
    std::uint8_t& bits = state->bits(row);
    if ((bits & present) != 0) {
      gauges_.count_heap(row, state->value->heap_bytes(state->cell(row)), 0);
      state->value->destroy(state->cell(row));
    }
    bits = unknown | CellBit::stored;
  }
  gauges_.complete = false;
  return true;
}

// The key is not current any more. False: some of it has to be written first.
bool Eviction::let_go(KeyRows& rows, Row* row) {
  bool held = false;
  for (const auto& state : rows.states) {
    if (!is_collection(state->kind)) continue;
    for (Element* e = state->head(row).first; e != nullptr;) {
      Element* const element = std::exchange(e, e->next);
      if (tables_.is_clean(element)) evict_element(*state, element);
    }
    held |= state->head(row).held > 0;
  }
  return !held && tables_.is_clean(row) && evict_key_row(rows, row);
}

// What a walk over all keys has brought into memory; a flush may have freed some of it.
void Eviction::let_go(KeyRows& rows, std::vector<Row*>& visited) {
  const auto all = [this, &rows](Row* row) { return !row->is(Row::used) || let_go(rows, row); };
  std::erase_if(visited, all);
  if (flushes_.empty() && gauges_.dirty_bytes > step_bytes()) flushes_.begin_spill();
  if (tables_.memory_bytes() <= soft_max()) return;
  flushes_.finish_now(hard_max());
  std::erase_if(visited, all);
}

}  // namespace flink::state
