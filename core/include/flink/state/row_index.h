// SPDX-License-Identifier: Apache-2.0
// An index from hashes to rows that never move, untyped. A bucket is one cache line: twelve rows
// and a byte of each one's hash, compared all at once, so that a look-up rarely mispredicts and
// misses once, and as many lines as may be stay in a cache. One thread. The owner keeps the rows in
// RowChunks, compares keys, and rebuilds the index when full().
#pragma once

#include <flink/base/prefetch.h>
#include <flink/state/pages.h>
#include <flink/state/row_chunks.h>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>

namespace flink::detail {

class RowIndex {
  static constexpr int rows_of_bucket = 12;
  struct alignas(64) Bucket {
    std::uint8_t tags[rows_of_bucket];  // a byte of each row's hash
    std::uint16_t passed;               // rows had to go on to the next bucket
    std::uint16_t used;                 // a bit for each row that is there
    std::uint32_t rows[rows_of_bucket];
  };
  static_assert(sizeof(Bucket) == 64);

 public:
  static constexpr std::size_t bytes_of_bucket = sizeof(Bucket);
  // On average, when it is time for one twice as large.
  static constexpr std::size_t rows_wanted = 8;

  RowIndex(std::size_t buckets, const RowChunks& rows)  // a power of two
      : pages_(buckets * sizeof(Bucket)),
        buckets_(static_cast<Bucket*>(pages_.address())),
        mask_(buckets - 1),
        chunks_(&rows) {}

  std::size_t buckets() const noexcept { return mask_ + 1; }
  std::size_t size() const noexcept { return rows_; }
  bool full() const noexcept { return rows_ >= buckets() * rows_wanted; }

  // A copy of what look-ups need, which stays in registers. Valid until the next insert() and the
  // next row.
  class View {
   public:
    void prefetch(std::uint64_t hash) const noexcept {
      flink::detail::prefetch(&buckets_[hash & mask_]);
    }
    // The first row that may be the hash's; null when there is none. With `ask`, the lines of the
    // rows that may be it are asked for.
    template <bool ask>
    void* likely(std::uint64_t hash) const noexcept {
      for (std::size_t at = hash & mask_;; at = (at + 1) & mask_) {
        const Bucket& bucket = buckets_[at];
        const std::uint32_t hits = hits_in(bucket, tag(hash));
        if (hits != 0) [[likely]] {
          void* const row = row_at(bucket, hits);
          if constexpr (ask) {
            flink::detail::prefetch(row);
            const std::uint32_t more = hits & (hits - 1);
            if (more != 0) [[unlikely]]
              flink::detail::prefetch(row_at(bucket, more));
          }
          return row;
        }
        if (bucket.passed == 0) return nullptr;
      }
    }
    // The row for which is(row) holds, among those that the hash may mean; null: none.
    template <class Is>
    void* find(std::uint64_t hash, const Is& is) const {
      for (std::size_t at = hash & mask_;; at = (at + 1) & mask_) {
        const Bucket& bucket = buckets_[at];
        for (auto hits = hits_in(bucket, tag(hash)); hits != 0; hits &= hits - 1) {
          void* const row = row_at(bucket, hits);
          if (is(row)) return row;
        }
        if (bucket.passed == 0) return nullptr;
      }
    }

   private:
    friend class RowIndex;
    View(const Bucket* buckets, std::size_t mask, RowChunks::View rows)
        : buckets_(buckets), mask_(mask), rows_(rows) {}
    void* row_at(const Bucket& bucket, std::uint32_t hits) const noexcept {
      return rows_.at(bucket.rows[static_cast<std::size_t>(std::countr_zero(hits))]);
    }
    const Bucket* buckets_;
    std::size_t mask_;
    RowChunks::View rows_;
  };
  View view() const noexcept { return {buckets_, mask_, chunks_->view()}; }

  void insert(std::uint64_t hash, std::uint32_t row) noexcept {
    for (std::size_t at = hash & mask_;; at = (at + 1) & mask_) {
      Bucket& bucket = buckets_[at];
      if (bucket.used != all_rows) {
        const int place = std::countr_one(bucket.used);
        bucket.used = static_cast<std::uint16_t>(bucket.used | 1u << place);
        bucket.tags[place] = tag(hash);
        bucket.rows[place] = row;
        ++rows_;
        return;
      }
      bucket.passed = 1;
    }
  }
  // A row that is there: its id. Buckets that were passed stay marked so until the index is
  // rebuilt.
  std::uint32_t erase(std::uint64_t hash, const void* row) noexcept {
    for (std::size_t at = hash & mask_;; at = (at + 1) & mask_) {
      Bucket& bucket = buckets_[at];
      for (auto hits = hits_in(bucket, tag(hash)); hits != 0; hits &= hits - 1) {
        const int place = std::countr_zero(hits);
        if (chunks_->at(bucket.rows[place]) != row) continue;
        bucket.used = static_cast<std::uint16_t>(bucket.used & ~(1u << place));
        --rows_;
        return bucket.rows[place];
      }
    }
  }

 private:
  static constexpr std::uint16_t all_rows = (1u << rows_of_bucket) - 1;

  // The bits that choose the bucket are the low ones.
  static std::uint8_t tag(std::uint64_t hash) noexcept {
    return static_cast<std::uint8_t>(hash >> 56);
  }
  // A bit for each row whose tag it is.
  static std::uint32_t hits_in(const Bucket& bucket, std::uint8_t tag) noexcept {
#if defined(__SSE2__)
    typedef char Bytes __attribute__((vector_size(16)));
    Bytes tags;
    std::memcpy(&tags, &bucket, sizeof(tags));
    const Bytes wanted = Bytes{} + static_cast<char>(tag);
    return static_cast<std::uint32_t>(__builtin_ia32_pmovmskb128(tags == wanted)) & bucket.used;
#else
    std::uint32_t hits = 0;
    for (int place = 0; place < rows_of_bucket; ++place) {
      hits |= static_cast<std::uint32_t>(bucket.tags[place] == tag) << place;
    }
    return hits & bucket.used;
#endif
  }

  Pages pages_;
  Bucket* buckets_;
  std::size_t mask_;
  const RowChunks* chunks_;
  std::size_t rows_ = 0;
};

}  // namespace flink::detail
