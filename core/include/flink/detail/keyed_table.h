// SPDX-License-Identifier: Apache-2.0
// Keyed rows of one operator subtask: an index (hash -> row) over slabs of typed rows. Built for
// batches: prefetch the index for many hashes, then take the likely rows, then update. One thread.
// Rows never move, so references stay valid.
#pragma once

#include <flink/detail/pages.h>
#include <flink/detail/row_index.h>
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

  KeyedTable() = default;
  KeyedTable(const KeyedTable&) = delete;
  KeyedTable& operator=(const KeyedTable&) = delete;
  ~KeyedTable() {
    for (std::size_t slab = 0; slab < slabs_.size(); ++slab) {
      std::destroy_n(rows_of(slab), rows_in(slab));
    }
  }

  std::size_t size() const noexcept { return rows_; }

  // More than the caches near a core hold: then it pays to ask for lines in advance.
  bool large() const noexcept {
    return index_.buckets() * RowIndex::bytes_of_bucket + rows_ * sizeof(Row) > near_bytes;
  }
  void prefetch_index(const std::uint64_t* hashes, std::size_t count) const noexcept {
    const auto index = index_.view();
    for (std::size_t i = 0; i < count; ++i) index.prefetch(hashes[i]);
  }
  // For each hash the row that is most likely its, or null: compare the keys. Asks for the rows'
  // lines too.
  template <bool ask>
  void likely_rows(const std::uint64_t* hashes, std::size_t count, Row** rows) const noexcept {
    const auto index = index_.view();
    for (std::size_t i = 0; i < count; ++i) {
      rows[i] = static_cast<Row*>(index.likely<ask>(hashes[i]));
    }
  }

  // The row of the key; null when there is none.
  template <class Lookup>
  Row* find(std::uint64_t hash, const Lookup& key) const {
    return static_cast<Row*>(index_.view().find(hash, [&key](const void* row) {
      return key_equal(static_cast<const Row*>(row)->key, key);
    }));
  }

  // Only after find() said null.
  template <class Key, class Value>
  Row& insert(std::uint64_t hash, Key&& key, Value&& value) {
    if (index_.full()) grow();
    if (slabs_.empty() || rows_ == slab_end_) add_slab();
    Row* fresh = rows_of(slabs_.size() - 1) + (rows_ - slab_begin_);
    ::new (static_cast<void*>(fresh)) Row{{std::forward<Key>(key), std::forward<Value>(value)}};
    index_.insert(hash, fresh);
    ++rows_;
    return *fresh;
  }

 private:
  static constexpr std::size_t initial_buckets = 32;
  static constexpr std::size_t near_bytes = 256 * 1024;
  static constexpr std::size_t first_slab_rows = 64;
  static constexpr std::size_t slab_rows_max =
      std::max<std::size_t>(first_slab_rows, (std::size_t{4} << 20) / sizeof(Row));

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

  void grow() {
    RowIndex larger{index_.buckets() * 2};
    for (std::size_t slab = 0; slab < slabs_.size(); ++slab) {
      Row* rows = rows_of(slab);
      for (std::size_t i = 0; i < rows_in(slab); ++i)
        larger.insert(key_hash(rows[i].key), rows + i);
    }
    index_ = std::move(larger);
  }

  struct Slab {
    Pages pages;
    std::size_t rows = 0;
  };
  RowIndex index_{initial_buckets};
  std::vector<Slab> slabs_;
  std::size_t rows_ = 0, slab_begin_ = 0, slab_end_ = 0;
};

}  // namespace flink::detail
