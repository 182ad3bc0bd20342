// SPDX-License-Identifier: Apache-2.0
// JoinList<T>: a few records and their times in one piece of memory, times first: what an interval
// join looks through for each record is a line or two of a cache, and what it must know to find
// them lies in its key's row. Is stored as JoinListFields<T>.
#pragma once

#include <flink/base/algorithm.h>
#include <flink/base/memory.h>
#include <flink/base/prefetch.h>
#include <flink/operators/join_interval.h>
#include <flink/operators/join_times.h>
#include <flink/types/heap_bytes.h>
#include <flink/types/schema.h>
#include <flink/types/serializer.h>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>
#include <type_traits>
#include <utility>
#include <vector>

namespace flink {
namespace detail {

template <class T>
struct JoinListFields {
  std::vector<std::int64_t> timestamps;
  std::vector<T> records;
  std::uint64_t at_watermark = 0;
};

// In the order in which they came. Times lie within 24 days of each other.
template <class T>
class JoinList {
 public:
  static constexpr std::size_t records_max = 64;

  JoinList() = default;
  JoinList(const JoinList& other) {
    if (other.size_ == 0) return;
    reserve(other.size_);
    base_ = other.base_;
    for (std::size_t i = 0; i < other.size_; ++i) append(other.record(i), other.time(i));
    at_watermark_ = other.at_watermark_;
  }
  JoinList(JoinList&& other) noexcept { swap(other); }
  JoinList& operator=(JoinList other) noexcept {
    swap(other);
    return *this;
  }
  ~JoinList() {
    if (block_ == nullptr) return;
    std::destroy_n(records(), size_);
    std::allocator<Unit>{}.deallocate(reinterpret_cast<Unit*>(block_), units_of(capacity_));
  }

  std::size_t size() const { return size_; }
  std::size_t capacity() const { return capacity_; }
  std::int64_t time(std::size_t i) const { return base_ + times()[i]; }
  const T& record(std::size_t i) const { return records()[i]; }
  // A bit for each that came when the watermark was its time.
  std::uint64_t at_watermark() const { return at_watermark_; }
  void set_at_watermark(std::uint64_t bits) { at_watermark_ = bits; }

  // A bit for each whose time is one of from..to, where from <= to.
  std::uint64_t within(std::int64_t from, std::int64_t to) const {
    if (size_ == 0) return 0;
    const std::int64_t first = std::max(distance(from), std::int64_t{INT32_MIN});
    const std::int64_t last = std::min(distance(to), std::int64_t{INT32_MAX});
    if (first > last) return 0;
    std::uint64_t found = 0;
    for (std::size_t i = 0; i < size_; i += times_at_once) {
      found |= times_within(times() + i, static_cast<std::int32_t>(first),
                            static_cast<std::int32_t>(last))
               << i;
    }
    return found & (~std::uint64_t{0} >> (records_max - size_));
  }

  // Whether such a time is near enough to the others.
  bool takes(std::int64_t millis) const {
    if (size() == 0) return true;
    const std::int64_t away = distance(millis);
    return away >= -away_max && away <= away_max;
  }
  // Where there is room, and takes(millis).
  void add(const T& record, std::int64_t millis) {
    if (size_ == 0) base_ = millis;
    append(record, millis);
  }
  void reserve(std::size_t capacity) {
    if (capacity <= capacity_) return;
    JoinList grown;
    grown.block_ = reinterpret_cast<char*>(std::allocator<Unit>{}.allocate(units_of(capacity)));
    grown.capacity_ = static_cast<std::uint32_t>(capacity);
    std::fill_n(grown.block_, records_at(capacity), '\0');
    if (block_ != nullptr) {
      std::uninitialized_move_n(records(), size_, grown.records());
      std::memcpy(grown.times(), times(), size_ * sizeof(std::int32_t));
      grown.at_watermark_ = at_watermark_;
      grown.base_ = base_;
      grown.size_ = size_;
    }
    swap(grown);
  }
  // Only those stay whose bit is set.
  void keep(std::uint64_t kept) {
    const std::uint64_t before = at_watermark_;
    std::uint32_t size = 0;
    at_watermark_ = 0;
    const std::int64_t base = base_for(kept);
    for (; kept != 0; kept &= kept - 1, ++size) {
      const auto i = static_cast<std::size_t>(std::countr_zero(kept));
      at_watermark_ |= (before >> i & 1) << size;
      times()[size] = static_cast<std::int32_t>(time(i) - base);
      if (i != size) records()[size] = std::move(records()[i]);
    }
    std::destroy(records() + size, records() + size_);
    size_ = size;
    base_ = base;
  }
  // What was stored. False: nobody stored that.
  bool assign(const JoinListFields<T>& fields) {
    const auto& times = fields.timestamps;
    if (times.size() != fields.records.size() || times.size() > records_max) return false;
    *this = {};
    if (times.empty()) return true;
    std::int64_t least = times[0], greatest = times[0];
    for (const std::int64_t at : times) {
      least = std::min(least, at);
      greatest = std::max(greatest, at);
    }
    if (least == INT64_MIN || add_millis(greatest, -least) > 2 * away_max) return false;
    reserve(times.size());
    base_ = least + (greatest - least) / 2;
    for (std::size_t i = 0; i < times.size(); ++i) append(fields.records[i], times[i]);
    set_at_watermark(fields.at_watermark & (~std::uint64_t{0} >> (64 - times.size())));
    return true;
  }
  // What within() looks through, or its beginning.
  void prefetch_times() const {
    flink::detail::prefetch(block_);
    if (size_ > times_of_line) flink::detail::prefetch(block_ + 64);
  }
  // The place of the next record; if there is none, the records that will move.
  void prefetch_end() const {
    constexpr std::size_t lines_max = 8;
    if (size_ < capacity_) {
      flink::detail::prefetch(times() + size_);
      return prefetch_record(size_);
    }
    prefetch_times();
    const char* const first = reinterpret_cast<const char*>(records());
    const std::size_t bytes = std::min(size_ * sizeof(T), lines_max * 64);
    for (std::size_t at = 0; at < bytes; at += 64) flink::detail::prefetch(first + at);
  }
  // The first and the last one of them.
  void prefetch_within(std::int64_t from, std::int64_t to) const {
    const std::uint64_t found = from <= to ? within(from, to) : 0;
    if (found == 0) return;
    prefetch_record(static_cast<std::size_t>(std::countr_zero(found)));
    prefetch_record(static_cast<std::size_t>(63 - std::countl_zero(found)));
  }
  // Without what its records own.
  std::size_t block_bytes() const { return units_of(capacity_) * sizeof(Unit); }
  std::size_t heap_bytes() const {
    std::size_t bytes = block_bytes();
    if constexpr (!std::is_trivially_copyable_v<T>) {
      for (std::size_t i = 0; i < size(); ++i) bytes += flink::heap_bytes(record(i));
    }
    return bytes;
  }

 private:
  static constexpr std::int64_t away_max = std::int64_t{1} << 30;  // from base_
  static constexpr std::size_t times_of_line = 64 / sizeof(std::int32_t);
  struct alignas(T) alignas(16) Unit {};  // of which blocks consist
  // There is room for times_at_once times wherever one of them begins.
  static constexpr std::size_t records_at(std::size_t capacity) {
    const std::size_t times = (capacity + times_at_once - 1) / times_at_once * times_at_once;
    return (times * sizeof(std::int32_t) + alignof(T) - 1) / alignof(T) * alignof(T);
  }
  static constexpr std::size_t units_of(std::size_t capacity) {
    return (records_at(capacity) + capacity * sizeof(T) + sizeof(Unit) - 1) / sizeof(Unit);
  }
  void swap(JoinList& other) noexcept {
    std::swap(block_, other.block_);
    std::swap(base_, other.base_);
    std::swap(at_watermark_, other.at_watermark_);
    std::swap(size_, other.size_);
    std::swap(capacity_, other.capacity_);
  }
  std::int32_t* times() const { return reinterpret_cast<std::int32_t*>(block_); }
  T* records() const { return reinterpret_cast<T*>(block_ + records_at(capacity_)); }
  void prefetch_record(std::size_t i) const {
    const char* const record = reinterpret_cast<const char*>(records() + i);
    flink::detail::prefetch(record);
    flink::detail::prefetch(record + sizeof(T) - 1);
  }
  void append(const T& record, std::int64_t millis) {
    ::new (static_cast<void*>(records() + size_)) T(record);
    times()[size_++] = static_cast<std::int32_t>(millis - base_);
  }
  // Of a list that goes on for long it follows the times.
  std::int64_t base_for(std::uint64_t kept) const {
    constexpr std::int64_t near = away_max / 2;
    for (auto left = kept; left != 0; left &= left - 1) {
      if (times()[std::countr_zero(left)] < near) return base_;
    }
    return base_ + (kept == 0 ? 0 : near);
  }
  std::int64_t distance(std::int64_t millis) const {
    return add_millis(millis, -base_);  // no time is INT64_MIN
  }

  char* block_ = nullptr;
  std::int64_t base_ = 0;  // times are those after it
  std::uint64_t at_watermark_ = 0;
  std::uint32_t size_ = 0, capacity_ = 0;
};

}  // namespace detail

template <class T>
struct Serializer<detail::JoinList<T>> {
  using SameAs = detail::JoinListFields<T>;
  static void write(ByteWriter& out, const detail::JoinList<T>& list) {
    SameAs fields;
    for (std::size_t i = 0; i < list.size(); ++i) {
      fields.timestamps.push_back(list.time(i));
      fields.records.push_back(list.record(i));
    }
    fields.at_watermark = list.at_watermark();
    Serializer<SameAs>::write(out, fields);
  }
  static void read(ByteReader& in, detail::JoinList<T>& list) {
    SameAs fields;
    Serializer<SameAs>::read(in, fields);
    if (!list.assign(fields)) in.fail("a list of a join: few records, whose times are near");
  }
};

}  // namespace flink
