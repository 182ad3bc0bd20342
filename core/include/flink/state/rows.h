// SPDX-License-Identifier: Apache-2.0
// RowTable: the untyped core of keyed state, compiled once (core/src/state/rows.cpp). An
// index (hash -> row) over chunks of rows that never move, so pointers to rows stay valid until the
// row is removed. Built for batches: prefetch the index for all hashes, then the rows, then work.
// Typed equality is the caller's, inlined. One thread.
#pragma once

#include <flink/base/prefetch.h>
#include <flink/state/row_chunks.h>
#include <flink/state/row_index.h>

#include <cstddef>
#include <cstdint>

namespace flink::state {

// The head of every row; what follows it is laid out by whoever made the table.
struct Row {
  enum Flag : std::uint16_t {
    used = 1,            // 0: free
    dead = 2,            // removed; stays until nothing refers to it
    stored = 4,          // older runs may have it, so its removal must be written down
    queued = 8,          // a timer that is in its queue
    recent = 16,         // looked at since eviction passed by
    loaded = 32,         // from runs, while its map is walked
    noted = 64,          // among the rows that eviction may take
    timed = 128,         // a timer of its own is set
    timer_stored = 256,  // older runs may have that timer, or the one that it was
  };
  std::uint64_t hash;
  std::uint32_t epoch;     // in which it last changed
  std::uint32_t captured;  // the newest snapshot epoch that has its image
  std::uint32_t heap_bytes;
  std::uint8_t table;      // which table of the backend it is in
  std::uint8_t cell_bits;  // key rows: the CellBits of the first state
  std::uint16_t flags;

  bool is(Flag flag) const noexcept { return (flags & flag) != 0; }
  void set(Flag flag) noexcept { flags = static_cast<std::uint16_t>(flags | flag); }
  void unset(Flag flag) noexcept { flags = static_cast<std::uint16_t>(flags & ~flag); }
};
static_assert(sizeof(Row) == 24);

class RowTable {
 public:
  RowTable(std::uint32_t row_bytes, std::uint8_t id);  // a multiple of 8
  RowTable(const RowTable&) = delete;
  RowTable& operator=(const RowTable&) = delete;

  std::size_t size() const noexcept { return used_; }
  std::uint32_t row_bytes() const noexcept { return row_bytes_; }
  // Of index and rows.
  std::size_t bytes() const noexcept {
    return index_.buckets() * index_.bytes_of_bucket + chunks_.bytes();
  }
  // With their share of the index and of the lists of what has changed and of what may leave.
  std::size_t bytes_of(std::size_t rows) const noexcept {
    return rows * (row_bytes_ + std::size_t{32});
  }
  std::size_t used_bytes() const noexcept { return bytes_of(used_); }

  void prefetch_index(std::uint64_t hash) const noexcept { index_.view().prefetch(hash); }
  // The row that is most likely the hash's; asks for its first and last line, if the index line is
  // there.
  Row* likely(std::uint64_t hash) const noexcept {
    auto* const row = static_cast<Row*>(index_.view().likely<true>(hash));
    if (row != nullptr && row_bytes_ > 64)
      flink::detail::prefetch(reinterpret_cast<const char*>(row) + row_bytes_ - 1);
    return row;
  }
  const flink::detail::RowIndex& index() const noexcept { return index_; }

  // The row for which equal(row) holds, among those that may have the hash; null when there is
  // none.
  template <class Equal>
  Row* find(std::uint64_t hash, Equal&& equal) const {
    return static_cast<Row*>(index_.view().find(
        hash, [&equal](void* found) { return equal(static_cast<Row*>(found)); }));
  }

  // A row, its head filled in, the rest zero. Only after find() said null.
  Row* add(std::uint64_t hash);
  // The caller has destroyed what was in it.
  void remove(Row* row) noexcept;
  void reserve(std::size_t rows);
  // When it is empty and was large: as if it were new.
  void shrink();

  // Walks all rows, wherever the last call stopped; rows that come meanwhile may be missed.
  struct Position {
    std::size_t row = 0;
  };
  // Null: the end, and the position starts anew; or so many places have been looked at.
  Row* next(Position& position, std::size_t places = SIZE_MAX) const noexcept;
  std::size_t places() const noexcept { return chunks_.added(); }  // of rows, free ones too

 private:
  static constexpr std::uint32_t no_row = UINT32_MAX;
  Row* row_at(std::uint32_t id) const noexcept { return reinterpret_cast<Row*>(chunks_.at(id)); }
  void rebuild(std::size_t buckets);

  std::uint32_t row_bytes_;
  std::uint8_t id_;
  flink::detail::RowChunks chunks_;
  flink::detail::RowIndex index_;
  std::size_t erased_ = 0;  // since the index was built
  std::size_t used_ = 0;
  std::uint32_t free_ = no_row;  // ids, linked through `hash`
};

}  // namespace flink::state
