// SPDX-License-Identifier: Apache-2.0
// State with a time-to-live that is too old, and that nobody looks at, is found by going round.
#include "state/aging.h"

#include <algorithm>
#include <utility>

namespace flink::state {

namespace {
constexpr int due_max = 1024;
constexpr int rows_a_turn = 32;
// After a spike of keys most places of a table are free: they are passed by in more than one turn.
constexpr std::size_t places_a_row = 4;
}  // namespace

void Aging::find() {
  for (const auto& rows : tables_.key_rows()) {
    for (const auto& state : rows->states) {
      if (!state->has_ttl || !state->ttl.cleans_in_background()) continue;
      states_.push_back({state.get(), {}, 0});
      every_record_ |= state->ttl.cleans_every_record();
    }
  }
}

void Aging::note(const BoundState& state) {
  if (!state.ttl.cleans_in_background()) return;
  for (State& aging : states_) {
    if (aging.state == &state) aging.due += state.ttl.incremental_entries();
  }
  gauges_.unsettled = true;
}

void Aging::turn() {
  for (State& aging : states_) aging.due += rows_a_turn;
}

void Aging::clean_up() {
  for (State& aging : states_) {
    if (every_record_) aging.due += aging.state->ttl.incremental_entries();
    clean_some(aging, std::min(std::exchange(aging.due, 0), due_max));
  }
  gauges_.unsettled |= every_record_;
}

void Aging::clean_some(State& aging, int rows) {
  BoundState& state = *aging.state;
  const std::int64_t dead_since = clock_.wall_millis() - state.ttl.time_to_live().count();
  RowTable& table = is_collection(state.kind) ? *state.elements : *state.rows->table;
  std::size_t places = places_a_row * static_cast<std::size_t>(std::max(rows, 0));
  for (; rows > 0; --rows) {
    const std::size_t before = aging.at.row;
    Row* const row = table.next(aging.at, places);
    if (row == nullptr) return;
    places -= aging.at.row - before;
    if (is_collection(state.kind)) {
      auto* const e = static_cast<Element*>(row);
      if (!e->is(Row::dead) && state.stamp(e) <= dead_since) state.remove(e);
    } else if ((state.bits(row) & present) != 0 && state.stamp(row) <= dead_since) {
      state.at->row = row;
      state.clear();
      tables_.leave_key();
    }
  }
}

}  // namespace flink::state
