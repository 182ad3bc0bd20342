// SPDX-License-Identifier: Apache-2.0
// KeyRows: the key rows of an operator's subtask, and where the operator stands among them. Owned
// by the backend, made in open(); the slot's thread only.
#pragma once

#include <flink/base/memory.h>
#include <flink/state/bound_state.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace flink::state {

// A key row that is told apart by its namespace too. It has room for one timer of its own.
struct NamespacedRow : Row {
  std::uint64_t key_hash;
  Namespace name_space;
  std::int64_t due;  // of the timer, in milliseconds: if `timed`, or runs may have it
};
class TimerQueue;

// The rows of one key type, and where the operator stands. It may stand in several namespaces of
// the current key: each further one is a cursor of its own, and states are pointed at it.
struct KeyRows : Cursor {
  KeyedStateBackend* backend = nullptr;
  const TypeOps* key_type = nullptr;
  std::uint32_t key_offset = 0;
  std::unique_ptr<RowTable> table;
  std::vector<std::unique_ptr<BoundState>> states;
  bool namespaced = false;
  std::string namespace_schema;
  std::vector<std::unique_ptr<Cursor>> cursors;  // further ones
  TimerQueue* row_timers = nullptr;  // whose timers may lie in the rows; null: none does yet
  // What belongs to the key alone is looked at for each timer, so it is asked for in advance.
  bool asks_for_keys = false;

  const char* hook = nullptr;  // which runs, where no key is current; null: of broadcast records

  void* key_of(Row* r) const { return reinterpret_cast<char*>(r) + key_offset; }
  std::uint64_t key_hash_of(const Row* r) const {
    return namespaced ? static_cast<const NamespacedRow*>(r)->key_hash : r->hash;
  }
  std::uint64_t key_hash_of(const Cursor& cursor) const {
    return namespaced ? cursor.key_hash : cursor.hash;
  }
  std::string_view namespace_of(const Row* r) const {
    return namespaced ? static_cast<const NamespacedRow*>(r)->name_space.view()
                      : std::string_view{};
  }
  bool is_of(const Row* r, const Namespace& name_space) const {
    return !namespaced || static_cast<const NamespacedRow*>(r)->name_space == name_space;
  }

  void destroy_key(Row* r) const {
    key_type->destroy(key_of(r));
    if (namespaced) static_cast<NamespacedRow*>(r)->name_space.~Namespace();
  }

  // The row of that key and namespace; null: none in memory. Typed code compares keys inline.
  Row* find(std::uint64_t row_hash, const void* wanted, const Namespace& name_space) const;
  // No key is current: rows may go.
  void leave() noexcept {
    row = nullptr;
    key = nullptr;
    if (!cursors.empty()) leave_cursors();
  }
  // Its key, and namespace, are current.
  void stand_on(Row* there);
  void stand(std::uint64_t hash_of_key, const void* at_key, const Namespace& in);
  // The current key, in that namespace. `is_key`(Row*): whether the row is of that key.
  template <class IsKey>
  void enter(Cursor& cursor, Namespace to, IsKey&& is_key) {
    cursor.key_hash = key_hash;
    cursor.hash = to.row_hash(key_hash);
    cursor.row = nullptr;
    if (key != nullptr) {
      cursor.row =
          table->find(cursor.hash, [&](Row* found) { return is_of(found, to) && is_key(found); });
    }
    if (cursor.row != nullptr) cursor.row->set(Row::recent);
    cursor.key = key;
    cursor.name_space = std::move(to);
  }
  void enter(Cursor& cursor, Namespace to);
  // What that key and namespace have in all states.
  void clear(Cursor& cursor);

 private:
  void leave_cursors() noexcept;
};

// Looks at other namespaces of the current key through one state; it is back where it was at the
// end.
class NamespaceVisit {
 public:
  explicit NamespaceVisit(BoundState& state) : state_(state), before_(state.at) {
    state_.at = &cursor_;
  }
  NamespaceVisit(const NamespaceVisit&) = delete;
  NamespaceVisit& operator=(const NamespaceVisit&) = delete;
  ~NamespaceVisit();
  void enter(const Namespace& name_space) { state_.rows->enter(cursor_, name_space); }

 private:
  BoundState& state_;
  Cursor* before_;
  Cursor cursor_;
};

}  // namespace flink::state
