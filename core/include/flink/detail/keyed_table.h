// SPDX-License-Identifier: Apache-2.0
// Keyed rows of one operator subtask: an open-addressing index (hash -> stable row) over slabs of
// typed rows. Built for batches: prefetch the index for all hashes, then the rows, then update. One
// thread. Rows never move, so references stay valid.
#pragma once

#include <flink/detail/pages.h>
#include <flink/types/key_hash.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <memory>
#include <new>
#include <utility>
#include <vector>

namespace flink::detail {

template <class K, class V>
class KeyedTable {
 public:
  struct Fields {
    K key;
    V value;
  };
  // A small row does not straddle two cache lines.
  struct alignas(std::min<std::size_t>(64, std::bit_ceil(sizeof(Fields)))) Row : Fields {};

  KeyedTable() : index_(initial_slots) {}
  KeyedTable(const KeyedTable&) = delete;
  KeyedTable& operator=(const KeyedTable&) = delete;
  ~KeyedTable() {
    for (std::size_t slab = 0; slab < slabs_.size(); ++slab) {
      std::destroy_n(rows_of(slab), rows_in(slab));
    }
  }

  std::size_t size() const noexcept { return rows_; }

  void prefetch_index(std::uint64_t hash) const noexcept {
    __builtin_prefetch(&slot(hash & mask()));
  }
  // The row that likely belongs to the hash, if its index line is there.
  void prefetch_row(std::uint64_t hash) const noexcept {
    const std::uint64_t found = slot(hash & mask());
    if (tag_of(found) == tag(hash)) __builtin_prefetch(row_of(found), 1);
  }

  // The row of the key; null when there is none.
  template <class Lookup>
  Row* find(std::uint64_t hash, const Lookup& key) const noexcept {
    for (std::size_t at = hash & mask();; at = (at + 1) & mask()) {
      const std::uint64_t found = slot(at);
      if (found == 0) return nullptr;
      if (tag_of(found) == tag(hash)) {
        Row* candidate = row_of(found);
        if (key_equal(candidate->key, key)) [[likely]]
          return candidate;
      }
    }
  }

  // Only after find() said null.
  template <class Key, class Value>
  Row& insert(std::uint64_t hash, Key&& key, Value&& value) {
    if ((rows_ + 1) * 2 > index_.size()) grow();
    if (slabs_.empty() || rows_ == slab_end_) add_slab();
    Row* fresh = rows_of(slabs_.size() - 1) + (rows_ - slab_begin_);
    ::new (static_cast<void*>(fresh)) Row{{std::forward<Key>(key), std::forward<Value>(value)}};
    place(hash, fresh);
    ++rows_;
    return *fresh;
  }

 private:
  static constexpr std::size_t initial_slots = 1024;
  static constexpr std::size_t first_slab_rows = 64;
  static constexpr std::size_t slab_rows_max =
      std::max<std::size_t>(first_slab_rows, (std::size_t{4} << 20) / sizeof(Row));

  // A slot: 16 bits of the hash, then the row's address; 0 is empty. User-space addresses have 47
  // bits.
  static constexpr int tag_shift = 48;
  static std::uint64_t tag(std::uint64_t hash) noexcept { return hash >> tag_shift; }
  static std::uint64_t tag_of(std::uint64_t slot) noexcept { return slot >> tag_shift; }
  static Row* row_of(std::uint64_t slot) noexcept {
    return reinterpret_cast<Row*>(slot & ((std::uint64_t{1} << tag_shift) - 1));
  }
  std::size_t mask() const noexcept { return index_.size() - 1; }
  const std::uint64_t& slot(std::size_t at) const noexcept { return index_.data()[at]; }

  Row* rows_of(std::size_t slab) const noexcept {
    return static_cast<Row*>(slabs_[slab].pages.address());
  }
  std::size_t rows_in(std::size_t slab) const noexcept {
    return slab + 1 < slabs_.size() ? slabs_[slab].rows : rows_ - slab_begin_;
  }
  // Slabs double up to a few MB, so that a small table is small and a large one lies on huge pages.
  void add_slab() {
    const std::size_t rows =
        slabs_.empty() ? first_slab_rows : std::min(slab_rows_max, slabs_.back().rows * 2);
    slabs_.push_back({Pages{rows * sizeof(Row)}, rows});
    slab_begin_ = rows_;
    slab_end_ = rows_ + rows;
  }

  void place(std::uint64_t hash, Row* row) noexcept {
    std::size_t at = hash & mask();
    while (slot(at) != 0) at = (at + 1) & mask();
    index_.data()[at] = (tag(hash) << tag_shift) | reinterpret_cast<std::uint64_t>(row);
  }
  void grow() {
    ZeroedWords larger{index_.size() * 2};
    std::swap(index_, larger);
    for (std::size_t slab = 0; slab < slabs_.size(); ++slab) {
      Row* rows = rows_of(slab);
      for (std::size_t i = 0; i < rows_in(slab); ++i) place(key_hash(rows[i].key), rows + i);
    }
  }

  struct Slab {
    Pages pages;
    std::size_t rows = 0;
  };
  ZeroedWords index_;
  std::vector<Slab> slabs_;
  std::size_t rows_ = 0, slab_begin_ = 0, slab_end_ = 0;
};

}  // namespace flink::detail
