// SPDX-License-Identifier: Apache-2.0
// JoinList<T>: a few records and their times in one piece of memory, times first: what an interval
// join looks through for each record is a line or two of a cache, and in its key's row lies a
// pointer. Is stored as JoinListFields<T>.
#pragma once

#include <flink/base/algorithm.h>
#include <flink/base/memory.h>
#include <flink/base/prefetch.h>
#include <flink/operators/join_interval.h>
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
    if (other.size() == 0) return;
    reserve(other.size());
    head().base = other.head().base;
    for (std::size_t i = 0; i < other.size(); ++i) append(other.record(i), other.time(i));
    set_at_watermark(other.at_watermark());
  }
  JoinList(JoinList&& other) noexcept : block_(std::exchange(other.block_, nullptr)) {}
  JoinList& operator=(JoinList other) noexcept {
    std::swap(block_, other.block_);
    return *this;
  }
  ~JoinList() {
    if (block_ == nullptr) return;
    std::destroy_n(records(), size());
    deallocate();
  }

  std::size_t size() const { return block_ == nullptr ? 0 : head().size; }
  std::size_t capacity() const { return block_ == nullptr ? 0 : head().capacity; }
  std::int64_t time(std::size_t i) const { return head().base + times()[i]; }
  const T& record(std::size_t i) const { return records()[i]; }
  // A bit for each that came when the watermark was its time.
  std::uint64_t at_watermark() const { return block_ == nullptr ? 0 : head().at_watermark; }
  void set_at_watermark(std::uint64_t bits) { head().at_watermark = bits; }

  // A bit for each whose time is one of from..to, where from <= to.
  std::uint64_t within(std::int64_t from, std::int64_t to) const {
    if (block_ == nullptr) return 0;
    const std::int64_t first = std::max(distance(from), std::int64_t{INT32_MIN});
    const std::int64_t last = std::min(distance(to), std::int64_t{INT32_MAX});
    if (first > last) return 0;
    const auto start = static_cast<std::uint32_t>(first);
    const auto range = static_cast<std::uint32_t>(last) - start;
    const std::int32_t* const all = times();
    const std::size_t count = size();
    std::uint64_t found = 0;
    for (std::size_t i = 0; i < count; ++i) {
      found |= std::uint64_t{static_cast<std::uint32_t>(all[i]) - start <= range} << i;
    }
    return found;
  }

  // Whether such a time is near enough to the others.
  bool takes(std::int64_t millis) const {
    if (size() == 0) return true;
    const std::int64_t away = distance(millis);
    return away >= -away_max && away <= away_max;
  }
  // Where there is room, and takes(millis).
  void add(const T& record, std::int64_t millis) {
    if (size() == 0) head().base = millis;
    append(record, millis);
  }
  void reserve(std::size_t capacity) {
    if (capacity <= this->capacity()) return;
    JoinList grown;
    grown.block_ = reinterpret_cast<char*>(std::allocator<Unit>{}.allocate(units_of(capacity)));
    ::new (static_cast<void*>(grown.block_)) Head{0, 0, 0, static_cast<std::uint32_t>(capacity)};
    if (block_ != nullptr) {
      std::uninitialized_move_n(records(), size(), grown.records());
      std::memcpy(grown.times(), times(), size() * sizeof(std::int32_t));
      grown.head().at_watermark = head().at_watermark;
      grown.head().base = head().base;
      grown.head().size = head().size;
    }
    std::swap(block_, grown.block_);
  }
  // Only those stay whose bit is set.
  void keep(std::uint64_t kept) {
    if (block_ == nullptr) return;
    Head& list = head();
    const std::uint64_t before = list.at_watermark;
    std::uint32_t size = 0;
    list.at_watermark = 0;
    const std::int64_t base = base_for(kept);
    for (; kept != 0; kept &= kept - 1, ++size) {
      const auto i = static_cast<std::size_t>(std::countr_zero(kept));
      list.at_watermark |= (before >> i & 1) << size;
      times()[size] = static_cast<std::int32_t>(time(i) - base);
      if (i != size) records()[size] = std::move(records()[i]);
    }
    std::destroy(records() + size, records() + list.size);
    list.size = size;
    list.base = base;
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
    head().base = least + (greatest - least) / 2;
    for (std::size_t i = 0; i < times.size(); ++i) append(fields.records[i], times[i]);
    set_at_watermark(fields.at_watermark & (~std::uint64_t{0} >> (64 - times.size())));
    return true;
  }
  // Its head and first times.
  void prefetch() const {
    if (block_ == nullptr) return;
    flink::detail::prefetch(block_);
    flink::detail::prefetch(block_ + 64);
  }
  // Without what its records own.
  std::size_t block_bytes() const {
    return block_ == nullptr ? 0 : units_of(capacity()) * sizeof(Unit);
  }
  std::size_t heap_bytes() const {
    std::size_t bytes = block_bytes();
    if constexpr (!std::is_trivially_copyable_v<T>) {
      for (std::size_t i = 0; i < size(); ++i) bytes += flink::heap_bytes(record(i));
    }
    return bytes;
  }

 private:
  struct Head {
    std::uint64_t at_watermark;
    std::int64_t base;  // times are those after it
    std::uint32_t size, capacity;
  };
  static constexpr std::int64_t away_max = std::int64_t{1} << 30;  // from `base`
  struct alignas(T) alignas(Head) Unit {};                         // of which blocks consist
  static constexpr std::size_t records_at(std::size_t capacity) {
    const std::size_t end = sizeof(Head) + capacity * sizeof(std::int32_t);
    return (end + alignof(T) - 1) / alignof(T) * alignof(T);
  }
  static constexpr std::size_t units_of(std::size_t capacity) {
    return (records_at(capacity) + capacity * sizeof(T) + sizeof(Unit) - 1) / sizeof(Unit);
  }
  void deallocate() {
    std::allocator<Unit>{}.deallocate(reinterpret_cast<Unit*>(block_), units_of(capacity()));
  }
  Head& head() const { return *reinterpret_cast<Head*>(block_); }
  std::int32_t* times() const { return reinterpret_cast<std::int32_t*>(block_ + sizeof(Head)); }
  T* records() const { return reinterpret_cast<T*>(block_ + records_at(capacity())); }
  void append(const T& record, std::int64_t millis) {
    Head& list = head();
    ::new (static_cast<void*>(records() + list.size)) T(record);
    times()[list.size++] = static_cast<std::int32_t>(millis - list.base);
  }
  // Of a list that goes on for long it follows the times.
  std::int64_t base_for(std::uint64_t kept) const {
    constexpr std::int64_t near = away_max / 2;
    for (auto left = kept; left != 0; left &= left - 1) {
      if (times()[std::countr_zero(left)] < near) return head().base;
    }
    return head().base + (kept == 0 ? 0 : near);
  }
  std::int64_t distance(std::int64_t millis) const {
    return add_millis(millis, -head().base);  // no time is INT64_MIN
  }

  char* block_ = nullptr;
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
