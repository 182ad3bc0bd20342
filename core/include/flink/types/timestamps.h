// SPDX-License-Identifier: Apache-2.0
// The timestamps of a batch, in milliseconds. As a std::vector, but for what each build of a job
// would compile of that. One thread at a time, as its batch.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace flink::detail {

class Timestamps {
 public:
  Timestamps() = default;
  Timestamps(const Timestamps&) = delete;
  Timestamps& operator=(const Timestamps&) = delete;
  ~Timestamps();

  std::size_t size() const noexcept { return size_; }
  bool empty() const noexcept { return size_ == 0; }
  std::span<std::int64_t> all() noexcept { return {data_, size_}; }
  std::span<const std::int64_t> all() const noexcept { return {data_, size_}; }
  std::int64_t& operator[](std::size_t i) noexcept { return data_[i]; }
  std::int64_t operator[](std::size_t i) const noexcept { return data_[i]; }
  std::int64_t& back() noexcept { return data_[size_ - 1]; }
  void push_back(std::int64_t millis) {
    if (size_ == capacity_) [[unlikely]]
      reserve(size_ + 1);
    data_[size_++] = millis;
  }
  void append(std::span<const std::int64_t> more);
  void pop_back() noexcept { --size_; }
  void clear() noexcept { size_ = 0; }
  void resize(std::size_t size, std::int64_t millis);
  void reserve(std::size_t at_least) {
    if (at_least > capacity_) [[unlikely]]
      grow(at_least);
  }

 private:
  void grow(std::size_t at_least);
  void deallocate() noexcept;

  std::int64_t* data_ = nullptr;
  std::size_t size_ = 0, capacity_ = 0;
};

}  // namespace flink::detail
