// SPDX-License-Identifier: Apache-2.0
#include "state/eviction.h"

#include <flink/base/check.h>

#include <algorithm>
#include <utility>

namespace flink::state {

namespace {
// At a time, when looking for some that may leave.
constexpr std::size_t rows_looked_at = 1024;
}  // namespace

Eviction::Eviction(StateTables& tables, Flushes& flushes, Gauges& gauges, const base::Clock& clock,
                   std::size_t budget)
    : tables_(tables), flushes_(flushes), gauges_(gauges), clock_(clock), budget_(budget) {
  if (budget_ != 0) look_at(budget_);
}

void Eviction::more_is_clean() {
  if (budget_ == 0) return;
  stayed_ = 0;
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
  while (evict_some()) {
    if (!over_limit()) return look_at(budget_);
  }
  // Nothing near is clean.
  flushes_.merges().work();
  if (flushes_.empty() && gauges_.dirty_bytes > step_bytes()) flushes_.begin_spill();
  if (tables_.memory_bytes() <= budget_ + budget_ / 2) {
    flushes_.work(clock_.now());
  } else if (!flushes_.empty()) {
    flushes_.add_stalled(gauges_.dirty_bytes);
    flushes_.finish_now(budget_ + budget_);
    while (over_limit() && evict_some()) {
    }
  }
  if (over_limit() && nothing_can_leave()) {
    look_at(tables_.memory_bytes() + step_bytes());  // or when a flush is done
  } else {
    look_at(budget_);
    gauges_.unsettled |= over_limit();
  }
}

// Since the last time that one could leave, all were looked at.
bool Eviction::nothing_can_leave() const {
  std::size_t rows = 0;
  for (const StateTables::Table& table : tables_.all()) {
    if (table.timers == nullptr) rows += table.rows->size();
  }
  return stayed_ >= rows;
}

// Looks at some rows; false: none of them could leave.
bool Eviction::evict_some() {
  bool found = false;
  for (std::size_t looked = 0; looked < rows_looked_at && over_limit(); ++looked) {
    const StateTables::Table& table = tables_.all()[table_];
    Row* const row = table.timers != nullptr ? nullptr : table.rows->next(at_);
    if (row == nullptr) {
      table_ = (table_ + 1) % tables_.all().size();
    } else if (row->is(Row::recent)) {
      row->unset(Row::recent);
      found = true;  // it may go the next time
    } else if (evict_row(table, row)) {
      found = true;
    } else {
      ++stayed_;
    }
  }
  if (found) stayed_ = 0;
  return found;
}

bool Eviction::evict_row(const StateTables::Table& table, Row* row) {
  if (!tables_.is_clean(row)) return false;
  if (table.state != nullptr) return evict_element(*table.state, static_cast<Element*>(row));
  return evict_key_row(*table.keys, row);
}

bool Eviction::evict_element(BoundState& state, Element* e) {
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
  return true;
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
    tables_.free_key_row(rows, row);
    return true;
  }
  // It stays for the sake of its elements; what it holds itself may go.
  if (!had_values || row->heap_bytes == 0) return false;
  for (const auto& state : rows.states) {
    if (is_collection(state->kind)) continue;
    std::uint8_t& bits = state->bits(row);
    if ((bits & present) != 0) {
      gauges_.add_heap(row, state->value->heap_bytes(state->cell(row)), 0);
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
  if (tables_.memory_bytes() <= budget_ + budget_ / 2) return;
  flushes_.finish_now(budget_ + budget_);
  std::erase_if(visited, all);
}

}  // namespace flink::state
