// SPDX-License-Identifier: Apache-2.0
// Standing in a namespace of the current key.
#include <flink/state/keyed_state_backend.h>

#include <utility>

namespace flink::state {

void KeyRows::stand_on(Row* there) {
  leave();
  row = there;
  hash = there->hash;
  key = key_of(there);
  if (!namespaced) return;
  key_hash = key_hash_of(there);
  name_space = static_cast<NamespacedRow*>(there)->name_space;
}

void KeyRows::stand(std::uint64_t hash_of_key, const void* at_key, const Namespace& in) {
  leave();
  key_hash = hash_of_key;
  key = at_key;
  enter(*this, in);
}

Row* KeyRows::find(std::uint64_t row_hash, const void* wanted, const Namespace& name_space) const {
  return table->find(
      row_hash, [&](Row* r) { return is_of(r, name_space) && key_type->equal(key_of(r), wanted); });
}

void KeyRows::enter(Cursor& cursor, Namespace to) {
  enter(cursor, std::move(to), [this](Row* found) { return key_type->equal(key_of(found), key); });
}

void KeyRows::leave_cursors() noexcept {
  for (const auto& cursor : cursors) {
    cursor->row = nullptr;
    cursor->key = nullptr;
  }
}

void KeyRows::clear(Cursor& cursor) {
  for (const auto& state : states) {
    Cursor* const before = std::exchange(state->at, &cursor);
    if (is_collection(state->kind)) {
      state->note_change();
      state->clear_all();
    } else {
      state->clear();
    }
    state->at = before;
  }
}

NamespaceVisit::~NamespaceVisit() { state_.at = before_; }

}  // namespace flink::state
