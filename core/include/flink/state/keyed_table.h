// SPDX-License-Identifier: Apache-2.0
// One value a key, on the state tables of an operator's subtask: what sum, reduce, … keep. The same
// rows as a ReducingState's, but laid out at compile time and worked on in batches: prefetch the
// index for many hashes, then take the likely rows, then update. One thread. Rows stay where they
// are until the next settle().
#pragma once

#include <flink/state/value_state.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

namespace flink::detail {

template <class K, class V>
class KeyedTable {
 public:
  using Row = state::Row;

  // In open(), once: the only state of its operator.
  void bind(state::KeyedStateBackend& backend, std::string name) {
    backend_ = &backend;
    state_ = &state::bind_only_state(backend, std::move(name), state::key_ops<K>, key_offset,
                                     state::value_ops<V>, value_offset);
    rows_ = state_->rows;
  }

  std::size_t size() const noexcept { return rows_->table->size(); }
  // Between batches: makes room where that is due. Rows found before may be gone.
  void settle() { backend_->settle(); }

  // More than the caches near a core hold: then it pays to ask for lines in advance.
  bool large() const noexcept { return rows_->table->used_bytes() > near_bytes; }
  void prefetch_index(const std::uint64_t* hashes, std::size_t count) const noexcept {
    const auto index = rows_->table->index().view();
    for (std::size_t i = 0; i < count; ++i) index.prefetch(hashes[i]);
  }
  // For each hash the row that is most likely its, or null. With `ahead` it asks for the rows'
  // lines, and for those of the index that many hashes further on: in turn, since what is asked for
  // all at once is partly forgotten.
  template <std::size_t ahead>
  void likely_rows(const std::uint64_t* hashes, std::size_t count, Row** rows) const noexcept {
    const auto index = rows_->table->index().view();
    for (std::size_t i = 0; i < count; ++i) {
      if constexpr (ahead > 0) index.prefetch(hashes[i + ahead]);
      rows[i] = static_cast<Row*>(index.template likely<(ahead > 0)>(hashes[i]));
      if constexpr (ahead > 0 && row_end > line_bytes) {
        if (rows[i] != nullptr) [[likely]]
          __builtin_prefetch(reinterpret_cast<const char*>(rows[i]) + row_end - 1, 1);
      }
    }
  }

  // Rows of this epoch are in memory, have a value (nobody clears it), and may be changed.
  std::uint32_t epoch() const noexcept { return backend_->epoch(); }
  // The value in that row, about to change; null when the row is another key's or has none.
  template <class Lookup>
  V* change(Row* row, const Lookup& key, std::uint32_t epoch) {
    if (row == nullptr || !key_equal(key_of(row), key)) return nullptr;
    if (row->epoch == epoch) [[likely]]
      return &value_of(row);
    return change_first(row);
  }
  // The key's value, wherever it is, about to change; null when there is none.
  template <class Lookup>
  [[gnu::noinline]] V* find_and_change(std::uint64_t hash, const Lookup& key) {
    rows_->hash = hash;
    rows_->row = rows_->table->find(hash, [&key](Row* row) { return key_equal(key_of(row), key); });
    if (rows_->row == nullptr) {
      key_ = to_owned(key);
      rows_->key = &key_;
    } else {
      rows_->key = &key_of(rows_->row);
    }
    if (state_->read() == nullptr) return nullptr;
    Row* const row = rows_->row;
    row->set(Row::recent);
    backend_->touch(row);
    return &value_of(row);
  }
  // Right after find_and_change() said null.
  template <class U>
  V& insert(U&& value) {
    return state::set_cell<V>(*state_, std::forward<U>(value));
  }
  // A value that holds memory of its own was changed.
  void changed(V& value, std::size_t heap_before) {
    const std::size_t heap_after = state::heap_bytes(value);
    if (heap_after != heap_before) backend_->add_heap(row_of(value), heap_before, heap_after);
  }

 private:
  // For the first time in this epoch.
  [[gnu::noinline]] V* change_first(Row* row) {
    if ((row->cell_bits & state::present) == 0) return nullptr;
    row->set(Row::recent);
    backend_->touch(row);
    return &value_of(row);
  }

  static constexpr std::size_t near_bytes = 256 * 1024;
  static constexpr std::size_t line_bytes = 64;
  static constexpr std::size_t aligned(std::size_t offset, std::size_t alignment) {
    return (offset + alignment - 1) / alignment * alignment;
  }
  static constexpr std::size_t key_offset = aligned(sizeof(Row), alignof(K));
  static constexpr std::size_t value_offset = aligned(key_offset + sizeof(K), alignof(V));
  static constexpr std::size_t row_end = value_offset + sizeof(V);

  static const K& key_of(Row* row) {
    return *reinterpret_cast<const K*>(reinterpret_cast<char*>(row) + key_offset);
  }
  static V& value_of(Row* row) {
    return *reinterpret_cast<V*>(reinterpret_cast<char*>(row) + value_offset);
  }
  static Row* row_of(V& value) {
    return reinterpret_cast<Row*>(reinterpret_cast<char*>(&value) - value_offset);
  }

  state::KeyedStateBackend* backend_ = nullptr;
  state::KeyRows* rows_ = nullptr;
  state::BoundState* state_ = nullptr;
  K key_{};  // of a row that is not there yet
};

}  // namespace flink::detail
