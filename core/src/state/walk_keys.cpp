// SPDX-License-Identifier: Apache-2.0
// Walks over all keys of a state, in memory and in runs.
#include <utility>

#include "state/keyed_backend.h"
#include "state/scratch_value.h"

namespace flink::state {

namespace {
// True for as long as it lives.
class TrueForNow {
 public:
  explicit TrueForNow(bool& flag) : flag_(flag), before_(std::exchange(flag, true)) {}
  TrueForNow(const TrueForNow&) = delete;
  TrueForNow& operator=(const TrueForNow&) = delete;
  ~TrueForNow() { flag_ = before_; }

 private:
  bool& flag_;
  bool before_;
};
// For a while the state's cursor is the operator's own, which says the current key.
class StandsAtRows {
 public:
  explicit StandsAtRows(BoundState& state)
      : state_(state), before_(std::exchange(state.at, state.rows)) {}
  StandsAtRows(const StandsAtRows&) = delete;
  StandsAtRows& operator=(const StandsAtRows&) = delete;
  ~StandsAtRows() { state_.at = before_; }

 private:
  BoundState& state_;
  Cursor* before_;
};
}  // namespace

void Backend::for_each_key(BoundState& state, const std::function<void()>& visit) {
  KeyRows& rows = *state.rows;
  settle();
  const StandsAtRows stands(state);
  std::vector<Row*> in_memory;
  RowTable::Position position;
  while (Row* const row = rows.table->next(position)) in_memory.push_back(row);
  const TrueForNow kept(eviction_.keep_all());
  std::size_t look_at_bytes = eviction_.walk_look_at();
  const auto visit_row = [&](Row* row) {
    rows.stand_on(row);
    if (is_collection(state.kind)) {
      CollectionHead& head = state.head(row);
      if (head.live == 0 && (head.complete || complete() || !cold_.has_any(state, row))) {
        return;
      }
    } else if (state.read() == nullptr) {
      return;
    }
    visit();
  };
  for (Row* const row : in_memory) visit_row(row);
  std::vector<Row*> visited;
  if (!complete() && !cold_.stack().empty()) {
    ScratchValue key(*rows.key_type);
    for (int group = setup_.groups.first; group <= setup_.groups.last; ++group) {
      std::string last;
      RunMerge merge(cold_.stack().inputs(),
                     state_prefix(static_cast<std::uint16_t>(group), state.id));
      for (; merge.valid(); merge.next()) {
        const EntryValue stored = decode_value(merge.value(), state.has_ttl);
        const std::string_view prefix = merge.key().substr(0, prefix_size(merge.key()));
        if (!stored.is_value() || prefix == last) continue;
        last = prefix;
        const DecodedKey decoded = decode_entry_key(merge.key(), stored);
        key.read(decoded.key);
        const Namespace name_space(decoded.name_space);
        const std::uint64_t hash = rows.key_type->hash(key.get());
        if (rows.find(name_space.row_hash(hash), key.get(), name_space) != nullptr) {
          continue;  // was visited, or came meanwhile and has nothing old
        }
        Row* const row = tables_.make_row(rows, hash, key.get(), name_space);
        visit_row(row);
        tables_.leave_key();
        if (!eviction_.let_go(rows, row)) visited.push_back(row);
        if (memory_bytes() <= look_at_bytes) continue;
        eviction_.let_go(rows, visited);
        look_at_bytes = eviction_.next_walk_look_at();
      }
    }
  }
  tables_.leave_key();
  tables_.note_growth();
}

}  // namespace flink::state
