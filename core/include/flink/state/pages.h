// SPDX-License-Identifier: Apache-2.0
// Memory for large tables: zeroed, 64-byte aligned, on huge pages where it is large (random access
// to gigabytes otherwise misses the TLB each time). Compiled once, in core/src/state.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

namespace flink::detail {

class Pages {
 public:
  Pages() = default;
  // From 2 MB on it only takes memory where it is touched: a huge page at once, a small one in the
  // first `small` bytes (a multiple of 2 MB). Throws std::bad_alloc.
  explicit Pages(std::size_t bytes, std::size_t small = 0);
  Pages(Pages&& other) noexcept
      : address_(std::exchange(other.address_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}
  Pages& operator=(Pages&& other) noexcept {
    std::swap(address_, other.address_);
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  ~Pages();
  void* address() const noexcept { return address_; }

 private:
  void* address_ = nullptr;
  std::size_t bytes_ = 0;
};

}  // namespace flink::detail
