// SPDX-License-Identifier: Apache-2.0
// What is only in runs.
#include <flink/check.h>

#include "state/keyed_backend.h"

namespace flink::state {

Row* Backend::find_cold(BoundState&) {
  FLINK_CHECK(complete_);
  return nullptr;
}
void Backend::load_cell(BoundState&, Row*) { FLINK_CHECK(complete_); }
Element* Backend::load_element(BoundState&, Row*, std::uint64_t, const void*) {
  FLINK_CHECK(complete_);
  return nullptr;
}
void Backend::load_all(BoundState&, Row*) { FLINK_CHECK(complete_); }
std::uint64_t Backend::next_index(BoundState&, Row*) {
  FLINK_CHECK(complete_);
  return 0;
}
std::unique_ptr<ColdElements> Backend::cold(BoundState&, Row*) {
  FLINK_CHECK(complete_);
  return nullptr;
}

void Backend::for_each_key(BoundState& state, const std::function<void()>& visit) {
  settle();
  KeyRows& rows = *state.rows;
  std::vector<Row*> found;
  RowTable::Position position;
  while (Row* const row = rows.table->next(position)) {
    const bool has =
        is_collection(state.kind) ? state.head(row).live > 0 : (state.bits(row) & present) != 0;
    if (has) found.push_back(row);
  }
  for (Row* const row : found) {
    rows.row = row;
    rows.hash = row->hash;
    rows.key = rows.key_of(row);
    visit();
  }
}

void Backend::begin(const SnapshotTarget&, std::function<void(KeyedSnapshotResult)> done) {
  KeyedSnapshotResult result;
  result.failure = "keyed state of " + setup_.operator_name + " cannot be written yet";
  done(std::move(result));
}
bool Backend::work(std::chrono::nanoseconds) { return false; }
void Backend::confirm(std::int64_t) {}
void Backend::abort(std::int64_t) {}

}  // namespace flink::state
