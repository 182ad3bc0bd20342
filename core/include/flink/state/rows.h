// SPDX-License-Identifier: Apache-2.0
// RowTable: the untyped core of keyed state, compiled once (core/src/state/rows.cpp). An
// open-addressing index (hash -> row) over slabs of rows that never move, so pointers to rows stay
// valid until the row is removed. Built for batches: prefetch the index for all hashes, then the
// rows, then work on them. Typed equality is the caller's, inlined. One thread.
#pragma once

#include <flink/detail/pages.h>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace flink::state {

// The head of every row; what follows it is laid out by whoever made the table.
struct Row {
  enum Flag : std::uint16_t {
    used = 1,     // 0: free
    dead = 2,     // removed; stays until nothing refers to it
    stored = 4,   // older runs may have it, so its removal must be written down
    queued = 8,   // a timer that is in its queue
    recent = 16,  // looked at since eviction passed by
  };
  std::uint64_t hash;
  std::uint32_t epoch;     // in which it last changed
  std::uint32_t captured;  // the newest snapshot epoch that has its image
  std::uint32_t heap_bytes;
  std::uint16_t table;  // which table of the backend it is in
  std::uint16_t flags;

  bool is(Flag flag) const noexcept { return (flags & flag) != 0; }
  void set(Flag flag) noexcept { flags = static_cast<std::uint16_t>(flags | flag); }
  void unset(Flag flag) noexcept { flags = static_cast<std::uint16_t>(flags & ~flag); }
};
static_assert(sizeof(Row) == 24);

class RowTable {
 public:
  RowTable(std::uint32_t row_bytes, std::uint16_t id);  // a multiple of 8
  RowTable(const RowTable&) = delete;
  RowTable& operator=(const RowTable&) = delete;

  std::size_t size() const noexcept { return used_; }
  std::uint32_t row_bytes() const noexcept { return row_bytes_; }
  // Of index and slabs.
  std::size_t bytes() const noexcept { return index_.size() * sizeof(std::uint64_t) + slab_bytes_; }
  // Of the rows in use.
  std::size_t used_bytes() const noexcept { return used_ * (row_bytes_ + std::size_t{16}); }

  void prefetch_index(std::uint64_t hash) const noexcept {
    __builtin_prefetch(&slot(hash & mask()));
  }
  // The row that likely belongs to the hash, if its index line is there.
  void prefetch_row(std::uint64_t hash) const noexcept {
    const std::uint64_t found = slot(hash & mask());
    if (tag_of(found) == tag(hash)) __builtin_prefetch(row_of(found), 1);
  }

  // The row for which equal(row) holds, among those that may have the hash; null when there is
  // none.
  template <class Equal>
  Row* find(std::uint64_t hash, Equal&& equal) const {
    for (std::size_t at = hash & mask();; at = (at + 1) & mask()) {
      const std::uint64_t found = slot(at);
      if (tag_of(found) == tag(hash)) [[likely]] {
        if (found == 0) return nullptr;
        Row* const candidate = row_of(found);
        if (equal(candidate)) [[likely]]
          return candidate;
      } else if (found == 0) {
        return nullptr;
      }
    }
  }

  // A row, its head filled in, the rest zero. Only after find() said null.
  Row* add(std::uint64_t hash);
  // The caller has destroyed what was in it.
  void remove(Row* row) noexcept;
  void reserve(std::size_t rows);

  // Walks all rows, wherever the last call stopped; rows that come meanwhile may be missed.
  struct Position {
    std::size_t slab = 0, row = 0;
  };
  Row* next(Position& position) const noexcept;  // null: the end, and the position starts anew

 private:
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

  struct Slab {
    detail::Pages pages;
    std::size_t rows = 0;
    std::size_t begun = 0;  // rows that were ever in use
  };
  Row* row_at(const Slab& slab, std::size_t at) const noexcept {
    return reinterpret_cast<Row*>(static_cast<char*>(slab.pages.address()) + at * row_bytes_);
  }
  void add_slab();
  void place(std::uint64_t hash, Row* row) noexcept;
  void rebuild(std::size_t slots);

  std::uint32_t row_bytes_;
  std::uint16_t id_;
  detail::ZeroedWords index_;
  std::vector<Slab> slabs_;
  std::size_t slab_bytes_ = 0;
  std::size_t used_ = 0;
  Row* free_ = nullptr;  // linked through `hash`
};

}  // namespace flink::state
