// SPDX-License-Identifier: Apache-2.0
// Memory: clean rows leave when there are too many; when too little is clean, a flush without a
// checkpoint makes more of it.
#include <flink/check.h>

#include <algorithm>

#include "state/keyed_backend.h"

namespace flink::state {

namespace {
// At a time, when looking for some that may leave.
constexpr std::size_t rows_looked_at = 1024;
}  // namespace

// Timers and their keys stay in any case: there is at least half of the budget beside them.
std::size_t Backend::memory_limit() const {
  std::size_t stays = 0;
  for (const auto& queue : timers_) {
    const BoundState& state = queue->state();
    const RowTable& keys = *state.rows->table;
    stays += state.elements->used_bytes();
    if (keys.size() > 0)
      stays += std::min(state.owners, keys.size()) * keys.used_bytes() / keys.size();
  }
  return std::max(budget_, stays + budget_ / 2);
}

bool Backend::over_limit() const { return budget_ != 0 && memory_bytes() > limit_; }

// Room is not looked for before memory has that many bytes; soon anyway, as the limit changes.
void Backend::look_at(std::size_t bytes) {
  const std::size_t now = memory_bytes();
  look_at_bytes_ = std::min(bytes, now + budget_ / 4);
  heap_bytes_looked_at_ =
      heap_bytes_ + std::min(look_at_bytes_ > now ? look_at_bytes_ - now : 0, step_bytes());
}

void Backend::make_room() {
  if (budget_ == 0 || keep_all_) return;
  limit_ = memory_limit();
  if (!over_limit()) return look_at(limit_);
  if (memory_bytes() <= look_at_bytes_) return look_at(look_at_bytes_);
  // Ahead of need: while a quarter is on its way, the rest can still leave.
  if (flushes_.empty() && dirty_bytes_ > budget_ / 4) begin_spill();
  while (evict_some()) {
    if (!over_limit()) return look_at(limit_);
  }
  // Nothing near is clean.
  end_merge();
  start_merge();
  if (flushes_.empty() && dirty_bytes_ > step_bytes()) begin_spill();
  if (memory_bytes() <= limit_ + budget_ / 2) {
    work_on_flushes(setup_.clock->now());
  } else if (!flushes_.empty()) {
    stalled_bytes_ += dirty_bytes_;
    finish_flushes_now();
    while (over_limit() && evict_some()) {
    }
  }
  if (over_limit() && nothing_can_leave()) {
    look_at(memory_bytes() + step_bytes());  // or when a flush is done
  } else {
    look_at(limit_);
    unsettled_ |= over_limit();
  }
}

void Backend::begin_spill() {
  begin_flush(true);
  if (setup_.waker) setup_.waker();
}

// Since the last time that one could leave, all were looked at.
bool Backend::nothing_can_leave() const {
  std::size_t rows = 0;
  for (const Table& table : tables_) {
    if (!has_timers(table)) rows += table.rows->size();
  }
  return stayed_ >= rows;
}

// Looks at some rows; false: none of them could leave.
bool Backend::evict_some() {
  bool found = false;
  for (std::size_t looked = 0; looked < rows_looked_at && over_limit(); ++looked) {
    const Table& table = tables_[evict_table_];
    Row* const row = has_timers(table) ? nullptr : table.rows->next(evict_at_);
    if (row == nullptr) {
      evict_table_ = (evict_table_ + 1) % tables_.size();
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

bool Backend::evict_row(const Table& table, Row* row) {
  if (row->epoch > clean_epoch_) return false;
  if (table.state != nullptr) return evict_element(*table.state, static_cast<Element*>(row));
  return evict_key_row(*table.keys, row);
}

bool Backend::evict_element(BoundState& state, Element* e) {
  if (!e->is(Row::dead)) {
    CollectionHead& head = state.head(e->owner);
    head.complete = false;
    (e->previous != nullptr ? e->previous->next : head.first) = e->next;
    (e->next != nullptr ? e->next->previous : head.last) = e->previous;
    --head.live;
    state.value->destroy(state.value_of(e));
    complete_ = false;
  }
  free_element(e);
  return true;
}

bool Backend::evict_key_row(KeyRows& rows, Row* row) {
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
    complete_ = complete_ && is_empty(rows, row);
    free_key_row(rows, row);
    return true;
  }
  // It stays for the sake of its elements; what it holds itself may go.
  if (!had_values || row->heap_bytes == 0) return false;
  for (const auto& state : rows.states) {
    if (is_collection(state->kind)) continue;
    std::uint8_t& bits = state->bits(row);
    if ((bits & present) != 0) {
      add_heap(row, state->value->heap_bytes(state->cell(row)), 0);
      state->value->destroy(state->cell(row));
    }
    bits = unknown | CellBit::stored;
  }
  complete_ = false;
  return true;
}

}  // namespace flink::state
