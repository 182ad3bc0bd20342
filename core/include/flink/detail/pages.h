// SPDX-License-Identifier: Apache-2.0
// Memory for large tables: zeroed, 64-byte aligned, on huge pages where it is large (random access
// to gigabytes otherwise misses the TLB each time). Compiled once, in core/src/operators.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

namespace flink::detail {

class Pages {
 public:
  Pages() = default;
  explicit Pages(std::size_t bytes);  // throws std::bad_alloc
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
