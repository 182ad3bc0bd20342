// SPDX-License-Identifier: Apache-2.0
// Keyed rows of one operator subtask: an open-addressing index (hash -> stable row id) over slabs of
// typed rows. Built for batches: prefetch the index for all hashes, then the rows, then update.
// One thread. Rows never move, so references stay valid.
#pragma once

#include <flink/types/key_hash.h>

#include <bit>
#include <cstdint>
#include <memory>
#include <new>
#include <vector>

namespace flink::detail {

template <class K, class V>
class KeyedTable {
 public:
  struct Row {
    K key;
    V value;
  };

  KeyedTable() { index_.resize(initial_slots); }
  KeyedTable(const KeyedTable&) = delete;
  KeyedTable& operator=(const KeyedTable&) = delete;
  ~KeyedTable() {
    for (std::uint32_t id = 0; id < rows_; ++id) std::destroy_at(&row(id));
    for (Row* slab : slabs_) std::allocator<Row>{}.deallocate(slab, slab_rows);
  }

  std::uint32_t size() const noexcept { return rows_; }
  Row& row(std::uint32_t id) noexcept { return slabs_[id / slab_rows][id % slab_rows]; }

  void prefetch_index(std::uint64_t hash) const noexcept {
    __builtin_prefetch(&index_[hash & mask()]);
  }
  // The row that likely belongs to the hash, if its index line is right there.
  void prefetch_row(std::uint64_t hash) noexcept {
    const std::uint64_t slot = index_[hash & mask()];
    if (slot != 0 && tag_of(slot) == tag(hash)) __builtin_prefetch(&row(id_of(slot)), 1);
  }

  // The row of the key; null when there is none.
  template <class Lookup>
  Row* find(std::uint64_t hash, const Lookup& key) noexcept {
    for (std::size_t at = hash & mask();; at = (at + 1) & mask()) {
      const std::uint64_t slot = index_[at];
      if (slot == 0) return nullptr;
      if (tag_of(slot) == tag(hash)) {
        Row& candidate = row(id_of(slot));
        if (key_equal(candidate.key, key)) return &candidate;
      }
    }
  }

  // Only after find() said null.
  template <class Key, class Value>
  Row& insert(std::uint64_t hash, Key&& key, Value&& value) {
    if ((rows_ + 1) * std::uint64_t{2} > index_.size()) grow();
    if (rows_ % slab_rows == 0 && rows_ / slab_rows == slabs_.size()) {
      slabs_.push_back(std::allocator<Row>{}.allocate(slab_rows));
    }
    Row& fresh = row(rows_);
    ::new (static_cast<void*>(&fresh)) Row{std::forward<Key>(key), std::forward<Value>(value)};
    place(hash, rows_);
    ++rows_;
    return fresh;
  }

 private:
  static constexpr std::size_t initial_slots = 1024;
  static constexpr std::uint32_t slab_rows =
      std::bit_ceil(std::uint32_t{256 * 1024 / sizeof(Row) + 1});

  // A slot: the hash's upper half, then row id + 1; 0 is empty.
  static std::uint64_t tag(std::uint64_t hash) noexcept { return hash >> 32; }
  static std::uint64_t tag_of(std::uint64_t slot) noexcept { return slot >> 32; }
  static std::uint32_t id_of(std::uint64_t slot) noexcept {
    return static_cast<std::uint32_t>(slot) - 1;
  }
  std::size_t mask() const noexcept { return index_.size() - 1; }

  void place(std::uint64_t hash, std::uint32_t id) noexcept {
    std::size_t at = hash & mask();
    while (index_[at] != 0) at = (at + 1) & mask();
    index_[at] = (tag(hash) << 32) | (id + std::uint64_t{1});
  }
  void grow() {
    std::vector<std::uint64_t>(index_.size() * 2).swap(index_);
    for (std::uint32_t id = 0; id < rows_; ++id) place(key_hash(row(id).key), id);
  }

  std::vector<std::uint64_t> index_;
  std::vector<Row*> slabs_;
  std::uint32_t rows_ = 0;
};

}  // namespace flink::detail
