// SPDX-License-Identifier: Apache-2.0
// State with a time-to-live that is too old, and that nobody looks at, is found by going round.
#include <algorithm>

#include "state/keyed_backend.h"

namespace flink::state {

namespace {
constexpr int due_max = 1024;
}  // namespace

void Backend::find_aging() {
  for (const auto& rows : key_rows_) {
    for (const auto& state : rows->states) {
      if (!state->has_ttl || !state->ttl.cleans_in_background()) continue;
      aging_.push_back({state.get(), {}, 0});
      aging_every_record_ |= state->ttl.cleans_every_record();
    }
  }
}

void Backend::note_aging(const BoundState& state) {
  if (!state.ttl.cleans_in_background()) return;
  for (Aging& aging : aging_) {
    if (aging.state == &state) aging.due += state.ttl.incremental_entries();
  }
  unsettled_ = true;
}

// Between callbacks.
void Backend::clean_up() {
  for (Aging& aging : aging_) {
    if (aging_every_record_) aging.due += aging.state->ttl.incremental_entries();
    clean_some(aging, std::min(std::exchange(aging.due, 0), due_max));
  }
  unsettled_ |= aging_every_record_;
}

bool Backend::clean_some(Aging& aging, int rows) {
  BoundState& state = *aging.state;
  const std::int64_t dead_since = wall_millis() - state.ttl.time_to_live().count();
  RowTable& table = is_collection(state.kind) ? *state.elements : *state.rows->table;
  for (; rows > 0; --rows) {
    Row* const row = table.next(aging.at);
    if (row == nullptr) return false;
    if (is_collection(state.kind)) {
      auto* const e = static_cast<Element*>(row);
      if (!e->is(Row::dead) && state.stamp(e) <= dead_since) state.remove(e);
    } else if ((state.bits(row) & present) != 0 && state.stamp(row) <= dead_since) {
      state.at->row = row;
      state.clear();
      leave_key();
    }
  }
  return true;
}

}  // namespace flink::state
