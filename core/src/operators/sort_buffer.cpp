// SPDX-License-Identifier: Apache-2.0
#include "operators/sort_buffer.h"

#include <flink/base/check.h>
#include <flink/base/prefetch.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

namespace flink::operators {

namespace {

// Pages take memory where they are touched, so each of the three may be as large as all of it.
constexpr std::size_t entry_bytes = 2 * sizeof(KeyedEntry);  // with its place in the scratch
constexpr std::size_t entries_min = Batch::records_max;

constexpr auto by_hash_and_arrival = [](const KeyedEntry& a, const KeyedEntry& b) {
  return a.hash != b.hash ? a.hash < b.hash : a.offset < b.offset;
};

}  // namespace

void SortBuffer::reserve(std::size_t bytes, std::size_t entries) {
  if (bytes > bytes_capacity_) {
    flink::detail::Pages larger{bytes};
    if (used_ > 0) std::memcpy(larger.address(), bytes_.address(), used_);
    bytes_ = std::move(larger);
    bytes_capacity_ = bytes;
  }
  if (entries > entries_capacity_) {
    flink::detail::Pages larger{entries * sizeof(KeyedEntry)};
    if (count_ > 0) std::memcpy(larger.address(), entries_.address(), count_ * sizeof(KeyedEntry));
    entries_ = std::move(larger);
    scratch_ = flink::detail::Pages{entries * sizeof(KeyedEntry)};
    entries_capacity_ = entries;
  }
}

bool SortBuffer::add(const Batch& batch, const Write& write) {
  const std::size_t records = batch.size(), all = count_ + records;
  if (count_ > 0 && used_ + all * entry_bytes > memory_bytes_) return false;
  if (count_ == 0) {
    reserve(memory_bytes_, std::max({memory_bytes_ / entry_bytes, entries_min, records}));
  }
  if (all > entries_capacity_) return false;
  ByteWriter out{bytes() + used_, bytes_capacity_ - used_};
  KeyedEntry* const added = entries() + count_;
  write(batch, out, added);
  const bool fits = out.data() == bytes() + used_;
  if (!fits) {
    if (count_ > 0) return false;
    reserve(out.size(), 0);
    std::memcpy(bytes(), out.data(), out.size());
  }
  std::uint32_t marks = 0;
  for (std::size_t i = 0; i < records; ++i) {
    std::uint32_t key_bytes = 0;
    added[i].offset += used_;
    std::memcpy(&key_bytes, bytes() + added[i].offset, 4);
    marks |= key_bytes;
  }
  plain_ = plain_ && marks == 0;
  used_ += out.size();
  count_ = all;
  return true;
}

// Hashes are spread evenly: the first bits cut them into pieces that lie in a cache.
void SortBuffer::sort_by_hash() {
  constexpr int bits = 11;
  constexpr std::size_t few = std::size_t{4} << bits;
  KeyedEntry* const all = entries();
  if (count_ < few) return std::sort(all, all + count_, by_hash_and_arrival);
  constexpr int shift = 64 - bits;
  std::array<std::size_t, (std::size_t{1} << bits) + 1> ends{};
  for (std::size_t i = 0; i < count_; ++i) ++ends[(all[i].hash >> shift) + 1];
  for (std::size_t b = 1; b < ends.size(); ++b) ends[b] += ends[b - 1];
  auto* const sorted = static_cast<KeyedEntry*>(scratch_.address());
  for (std::size_t i = 0; i < count_; ++i) sorted[ends[all[i].hash >> shift]++] = all[i];
  std::size_t from = 0;
  for (std::size_t b = 0; b + 1 < ends.size(); ++b) {
    std::sort(sorted + from, sorted + ends[b], by_hash_and_arrival);
    from = ends[b];
  }
  std::swap(entries_, scratch_);
}

void SortBuffer::order_equal_hashes() {
  KeyedEntry* const all = entries();
  for (std::size_t from = 0, to = 0; from < count_; from = to) {
    for (to = from + 1; to < count_ && all[to].hash == all[from].hash;) ++to;
    if (to - from == 1) continue;
    const auto before = [this](const KeyedEntry& a, const KeyedEntry& b) {
      return comes_before(entry(a), entry(b));
    };
    if (!std::is_sorted(all + from, all + to, before)) {
      std::stable_sort(all + from, all + to, before);
    }
  }
}

void SortBuffer::sort() {
  sort_by_hash();
  if (!plain_) order_equal_hashes();
  taken_ = 0;
}

bool SortBuffer::take(std::string& block, std::size_t block_bytes) {
  constexpr std::size_t ahead = 8;
  const KeyedEntry* const all = entries();
  if (taken_ == count_) return false;
  for (; taken_ < count_ && block.size() < block_bytes; ++taken_) {
    if (taken_ + ahead < count_) flink::detail::prefetch(bytes() + all[taken_ + ahead].offset);
    const SortedEntry next = entry(all[taken_]);
    block.append(reinterpret_cast<const char*>(&next.hash), sizeof(next.hash));
    block.append(next.bytes);
  }
  return true;
}

void SortBuffer::clear() {
  used_ = count_ = taken_ = 0;
  plain_ = true;
}

void SortBuffer::release() {
  clear();
  bytes_ = flink::detail::Pages{};
  entries_ = flink::detail::Pages{};
  scratch_ = flink::detail::Pages{};
  bytes_capacity_ = entries_capacity_ = 0;
}

}  // namespace flink::operators
