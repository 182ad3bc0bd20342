// SPDX-License-Identifier: Apache-2.0
// Memory: clean rows leave when there are too many; when too little is clean, a flush without a
// checkpoint makes more of it.
#include <flink/check.h>

#include "state/keyed_backend.h"

namespace flink::state {

namespace {
// At a time, when looking for some that may leave.
constexpr std::size_t rows_looked_at = 1024;
}  // namespace

bool Backend::over_budget() const { return budget_ != 0 && memory_bytes() > budget_; }

void Backend::make_room() {
  if (!over_budget() || keep_all_) return;
  unsettled_ = true;  // until there is room
  // Ahead of need: while a quarter is on its way, the rest can still leave.
  if (flushes_.empty() && dirty_bytes_ > budget_ / 4) {
    begin_flush(true);
    if (setup_.waker) setup_.waker();
  }
  while (evict_some()) {
    if (!over_budget()) return;
  }
  // Nothing near is clean.
  end_merge();
  start_merge();
  if (flushes_.empty() && dirty_bytes_ > 0) begin_flush(true);
  if (memory_bytes() <= budget_ + budget_ / 2) {
    work_on_flushes(setup_.clock->now());
    return;
  }
  stalled_bytes_ += dirty_bytes_;
  finish_flushes_now();
  while (over_budget() && evict_some()) {
  }
}

// Looks at some rows; false: none of them could leave.
bool Backend::evict_some() {
  bool found = false;
  for (std::size_t looked = 0; looked < rows_looked_at && over_budget(); ++looked) {
    const Table& table = tables_[evict_table_];
    Row* const row = table.rows->next(evict_at_);
    if (row == nullptr) {
      evict_table_ = (evict_table_ + 1) % tables_.size();
    } else if (row->is(Row::recent)) {
      row->unset(Row::recent);
      found = true;  // it may go the next time
    } else {
      found |= evict_row(table, row);
    }
  }
  return found;
}

bool Backend::evict_row(const Table& table, Row* row) {
  if (row->epoch > clean_epoch_) return false;
  if (table.state != nullptr) return evict_element(*table.state, static_cast<Element*>(row));
  return evict_key_row(*table.keys, row);
}

bool Backend::evict_element(BoundState& state, Element* e) {
  if (state.kind == StateKind::timer) return false;
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
