// SPDX-License-Identifier: Apache-2.0
// An index from hashes to rows that never move, untyped. A bucket is one cache line: seven rows and
// a byte of each one's hash, compared all at once, so that a look-up rarely mispredicts and misses
// once. One thread. The owner keeps the rows, compares keys, and rebuilds the index when full().
#pragma once

#include <flink/detail/pages.h>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace flink::detail {

class RowIndex {
  struct alignas(64) Bucket {
    std::uint64_t tags;  // a byte a row, 0 is free; the highest byte: rows that had to go on
    void* rows[7];
  };
  static_assert(sizeof(Bucket) == 64);

 public:
  static constexpr std::size_t bytes_of_bucket = sizeof(Bucket);

  explicit RowIndex(std::size_t buckets)  // a power of two
      : pages_(buckets * sizeof(Bucket)),
        buckets_(static_cast<Bucket*>(pages_.address())),
        mask_(buckets - 1) {}

  std::size_t buckets() const noexcept { return mask_ + 1; }
  std::size_t size() const noexcept { return rows_; }
  // Time for one twice as large: on average four of seven places are taken.
  bool full() const noexcept { return rows_ >= buckets() * 4; }

  // A copy of what look-ups need, which stays in registers. Valid until the next insert().
  class View {
   public:
    void prefetch(std::uint64_t hash) const noexcept { __builtin_prefetch(&home(hash)); }
    // The first row that may be the hash's; null when there is none. With `ask`, the lines of the
    // rows that may be it are asked for.
    template <bool ask>
    void* likely(std::uint64_t hash) const noexcept {
      for (std::size_t at = hash & mask_;; at = (at + 1) & mask_) {
        const Bucket& bucket = buckets_[at];
        const std::uint64_t hits = hits_in(bucket.tags, tag(hash));
        if (hits != 0) [[likely]] {
          void* const row = row_at(bucket, hits);
          if constexpr (ask) {
            __builtin_prefetch(row, 1);
            const std::uint64_t more = hits & (hits - 1);
            if (more != 0) [[unlikely]]
              __builtin_prefetch(row_at(bucket, more), 1);
          }
          return row;
        }
        if (bucket.tags >> passed_shift == 0) return nullptr;
      }
    }
    // The row for which is(row) holds, among those that the hash may mean; null: none.
    template <class Is>
    void* find(std::uint64_t hash, const Is& is) const {
      for (std::size_t at = hash & mask_;; at = (at + 1) & mask_) {
        const Bucket& bucket = buckets_[at];
        for (auto hits = hits_in(bucket.tags, tag(hash)); hits != 0; hits &= hits - 1) {
          void* const row = row_at(bucket, hits);
          if (row != nullptr && is(row)) return row;
        }
        if (bucket.tags >> passed_shift == 0) return nullptr;
      }
    }

   private:
    friend class RowIndex;
    View(const Bucket* buckets, std::size_t mask) : buckets_(buckets), mask_(mask) {}
    const Bucket& home(std::uint64_t hash) const noexcept { return buckets_[hash & mask_]; }
    static void* row_at(const Bucket& bucket, std::uint64_t hits) noexcept {
      return bucket.rows[static_cast<std::size_t>(std::countr_zero(hits)) / 8];
    }
    const Bucket* buckets_;
    std::size_t mask_;
  };
  View view() const noexcept { return {buckets_, mask_}; }

  void insert(std::uint64_t hash, void* row) noexcept {
    for (std::size_t at = hash & mask_;; at = (at + 1) & mask_) {
      Bucket& bucket = buckets_[at];
      if (const std::uint64_t free = hits_in(bucket.tags, 0); free != 0) {
        const int place = std::countr_zero(free) / 8;
        bucket.tags |= tag(hash) << (place * 8);
        bucket.rows[place] = row;
        ++rows_;
        return;
      }
      bucket.tags |= std::uint64_t{1} << passed_shift;
    }
  }
  // A row that is there. Buckets that were passed stay marked so until the index is rebuilt.
  void erase(std::uint64_t hash, const void* row) noexcept {
    for (std::size_t at = hash & mask_;; at = (at + 1) & mask_) {
      Bucket& bucket = buckets_[at];
      for (int place = 0; place < 7; ++place) {
        if (bucket.rows[place] != row) continue;
        bucket.tags &= ~(std::uint64_t{0xff} << (place * 8));
        bucket.rows[place] = nullptr;
        --rows_;
        return;
      }
    }
  }

 private:
  static constexpr int passed_shift = 56;

  // The bits that choose the bucket are the low ones. Never 0.
  static std::uint64_t tag(std::uint64_t hash) noexcept { return hash >> 56 | 1; }
  // The highest bit of each of the seven bytes that equals `tag`. Above the lowest hit there may be
  // false ones.
  static std::uint64_t hits_in(std::uint64_t tags, std::uint64_t tag) noexcept {
    constexpr std::uint64_t ones = 0x0101010101010101U;
    const std::uint64_t differ = tags ^ (tag * ones);
    return (differ - ones) & ~differ & 0x0080808080808080U;
  }

  Pages pages_;
  Bucket* buckets_;
  std::size_t mask_;
  std::size_t rows_ = 0;
};

}  // namespace flink::detail
