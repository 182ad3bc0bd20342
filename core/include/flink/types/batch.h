// SPDX-License-Identifier: Apache-2.0
// The unit in which records travel: RecordBatch<T>. Batches, not records, cross every virtual call
// and channel. A batch owns its bytes: string fields, or views into Buffers that it pins.
//
// Ownership: reference-counted. A published batch (more than one reference) is immutable; whoever
// holds the only reference may change it and move records out. Threads: a batch belongs to one
// thread at a time unless shared; the count is atomic.
#pragma once

#include <flink/base/algorithm.h>
#include <flink/base/buffer.h>
#include <flink/base/memory.h>
#include <flink/types/timestamps.h>

#include <cstddef>
#include <cstdint>
#include <new>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

namespace flink {

// The timestamp of a record that has none (Flink, TimestampAssigner.NO_TIMESTAMP).
inline constexpr std::int64_t no_timestamp = INT64_MIN;

class Batch : public RefCounted {
 public:
  // In an exchange. A single record may take more bytes.
  static constexpr std::size_t records_max = 1024;
  static constexpr std::size_t bytes_max = 256 * 1024;

  virtual std::size_t size() const noexcept = 0;
  virtual std::size_t capacity() const noexcept = 0;
  // Drops records, timestamps and pins, keeps the memory. Sole reference only.
  virtual void clear() noexcept = 0;

  // Milliseconds. Either no record has one (empty), or there is one for each: no_timestamp for a
  // record that came without one among others.
  std::span<const std::int64_t> timestamps() const noexcept { return timestamps_.all(); }
  bool stamped() const noexcept { return !timestamps_.empty(); }
  // The above holds, or it is a bug.
  void check_timestamps() const {
    if (stamped()) check_stamps();
  }
  void check_fits(std::size_t records) const;

  std::vector<BufferRef> pins;  // what views in the records point into
  // About what it takes, with what the records own; 0: nobody has looked yet.
  std::size_t bytes = 0;

  ~Batch() override;
  void pin(const BufferRef& buffer);
  std::size_t pinned_bytes() const noexcept;
  void pin_all_of(const Batch& other) {
    if (!other.pins.empty()) pin_those_of(other);
  }

 protected:
  void clear_marks() noexcept {
    timestamps_.clear();
    bytes = 0;
    if (!pins.empty()) clear_pins();
  }
  // The one place where timestamps of records without one come from.
  void fill_timestamps(std::size_t records);

  detail::Timestamps timestamps_;

 private:
  void check_stamps() const;
  void pin_those_of(const Batch& other);
  void clear_pins() noexcept;
};
using BatchRef = Ref<Batch>;
extern template class Ref<Batch>;

// How many records operators of a chain hand each other at once: what surely fits L1, input and
// output.
template <class T>
constexpr std::size_t chained_records_max = [] {
  constexpr std::size_t bytes = 8 * 1024;
  constexpr std::size_t most = std::max<std::size_t>(1, Batch::bytes_max / sizeof(T));
  return std::min(std::max<std::size_t>(64, bytes / sizeof(T)), std::min(most, Batch::records_max));
}();
// The same in an exchange.
template <class T>
constexpr std::size_t exchange_records_max = detail::clamp<std::size_t>(Batch::bytes_max /
                                                                            sizeof(T),
                                                                        1, Batch::records_max);

// Contiguous records; grows when it must, usually does not.
template <class T>
class RecordBatch final : public Batch {
 public:
  explicit RecordBatch(std::size_t capacity = records_max) { reserve(capacity); }
  ~RecordBatch() override {
    std::destroy_n(data_, size_);
    deallocate();
  }

  std::size_t size() const noexcept override { return size_; }
  std::size_t capacity() const noexcept override { return capacity_; }
  bool full() const noexcept { return size_ == capacity_; }
  T* data() noexcept { return data_; }
  const T* data() const noexcept { return data_; }
  T& operator[](std::size_t i) noexcept { return data_[i]; }
  const T& operator[](std::size_t i) const noexcept { return data_[i]; }
  std::span<const T> records() const noexcept { return {data_, size_}; }

  template <class... Args>
  T& emplace(Args&&... args) {
    if (size_ == capacity_) [[unlikely]]
      reserve(capacity_ * 2);
    T* slot = data_ + size_;
    if constexpr (std::is_constructible_v<T, Args...>) {
      ::new (static_cast<void*>(slot)) T(std::forward<Args>(args)...);
    } else {
      ::new (static_cast<void*>(slot)) T{std::forward<Args>(args)...};
    }
    ++size_;
    if (stamped()) [[unlikely]]
      fill_timestamps(size_);
    return *slot;
  }
  // Record i of `from`, with its timestamp; moved out when `may_move`.
  void append(RecordBatch& from, std::size_t i, bool may_move) {
    if (may_move) {
      emplace(std::move(from[i]));
    } else {
      emplace(std::as_const(from)[i]);
    }
    if (from.stamped()) stamp(from.timestamps_[i]);
  }
  // Takes the last record back.
  void drop_last() noexcept {
    std::destroy_at(data_ + --size_);
    if (stamped()) timestamps_.pop_back();
  }
  // Records [first, last) of `from`, copied, with their timestamps.
  void append_all(const RecordBatch& from, std::size_t first, std::size_t last) {
    if (size_ + (last - first) > capacity_)
      reserve(std::max(size_ + (last - first), 2 * capacity_));
    if (from.stamped() || stamped()) fill_timestamps(size_);
    std::uninitialized_copy(from.data_ + first, from.data_ + last, data_ + size_);
    size_ += last - first;
    if (from.stamped()) {
      timestamps_.append(from.timestamps_.all().subspan(first, last - first));
    } else if (stamped()) {
      fill_timestamps(size_);
    }
  }
  // The timestamp of the record that came last.
  void stamp(std::int64_t millis) {
    if (const std::size_t stamps = timestamps_.size(); stamps != 0 && stamps + 1 == size_)
        [[likely]]
      timestamps_.push_back(millis);
    else stamp_otherwise(millis);
  }
  // For tight loops: where the timestamps of the next so many records go. set_size() then says how
  // many came.
  std::int64_t* stamps_ahead(std::size_t records) {
    timestamps_.reserve(capacity_);
    fill_timestamps(size_);
    fill_timestamps(size_ + records);
    return timestamps_.all().data() + size_;
  }
  // To be filled in: one for each record, no_timestamp where there is none yet.
  std::span<std::int64_t> stamp_all() {
    fill_timestamps(size_);
    return timestamps_.all();
  }
  // For tight loops: construct records at data() + size(), up to capacity(), then say how many.
  void set_size(std::size_t size) noexcept {
#ifndef NDEBUG
    if (size > capacity_) [[unlikely]]
      check_fits(size);
#endif
    size_ = size;
    if (stamped()) [[unlikely]]
      fill_timestamps(size_);
  }
  // The same for one record, by who stamps it right away when others are stamped.
  void grow() noexcept { ++size_; }
  void clear() noexcept override {
    std::destroy_n(data_, size_);
    size_ = 0;
    clear_marks();
  }
  void reserve(std::size_t capacity) {
    if (capacity <= capacity_) return;
    T* fresh = std::allocator<T>{}.allocate(capacity);
    std::uninitialized_move_n(data_, size_, fresh);
    std::destroy_n(data_, size_);
    deallocate();
    data_ = fresh;
    capacity_ = capacity;
  }

 private:
  // The first of a batch, the second of a record, or one behind records that have none.
  [[gnu::noinline]] void stamp_otherwise(std::int64_t millis) {
    if (millis == no_timestamp && !stamped()) return;
    if (timestamps_.empty()) timestamps_.reserve(capacity_);
    if (timestamps_.size() < size_ - 1) fill_timestamps(size_ - 1);
    if (timestamps_.size() == size_) timestamps_.back() = millis;
    else timestamps_.push_back(millis);
  }
  void deallocate() noexcept {
    if (data_) std::allocator<T>{}.deallocate(data_, capacity_);
  }
  T* data_ = nullptr;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace flink
