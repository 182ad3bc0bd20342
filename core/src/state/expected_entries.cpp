// SPDX-License-Identifier: Apache-2.0
#include "state/expected_entries.h"

namespace flink::state {

void ExpectedEntries::add(bool collection) {
  Entry& entry = entries_[count_++];
  entry.hash = hash_entry_key(entry.key);
  entry.collection = collection;
  stack_.ask_filters(entry.hash);
}

void ExpectedEntries::look_up() {
  version_ = stack_.version();
  for (std::size_t i = 0; i < count_; ++i) {
    Entry& entry = entries_[i];
    const auto run = stack_.newest_with(entry.key, entry.hash, entry.collection);
    entry.placed = run.has_value();
    if (!run) continue;
    entry.place = {.run = *run};
    stack_.ask(entry.key, entry.place);
  }
  constexpr int further_steps = 2;
  for (int step = 0; step < further_steps; ++step) {
    for (std::size_t i = 0; i < count_; ++i) {
      if (entries_[i].placed) stack_.ask(entries_[i].key, entries_[i].place);
    }
  }
}

std::optional<RunStack::Place> ExpectedEntries::find(std::string_view stored_key,
                                                     std::uint64_t hash, bool collection) {
  if (next_ == count_ || version_ != stack_.version()) return std::nullopt;
  for (std::size_t i = next_; i < count_; ++i) {
    const Entry& entry = entries_[i];
    if (entry.hash != hash || entry.collection != collection || entry.key != stored_key) continue;
    next_ = collection ? i : i + 1;  // more of it may be asked for
    if (!entry.placed) return std::nullopt;
    return entry.place;
  }
  return std::nullopt;
}

}  // namespace flink::state
