// SPDX-License-Identifier: Apache-2.0
#include <flink/types/timestamps.h>

#include <algorithm>
#include <memory>

namespace flink::detail {

Timestamps::~Timestamps() { deallocate(); }

void Timestamps::deallocate() noexcept {
  if (data_ != nullptr) std::allocator<std::int64_t>{}.deallocate(data_, capacity_);
}

void Timestamps::grow(std::size_t at_least) {
  const std::size_t capacity = std::max({at_least, 2 * capacity_, std::size_t{16}});
  std::int64_t* const fresh = std::allocator<std::int64_t>{}.allocate(capacity);
  std::copy_n(data_, size_, fresh);
  deallocate();
  data_ = fresh;
  capacity_ = capacity;
}

void Timestamps::append(std::span<const std::int64_t> more) {
  reserve(size_ + more.size());
  std::copy(more.begin(), more.end(), data_ + size_);
  size_ += more.size();
}

void Timestamps::resize(std::size_t size, std::int64_t millis) {
  reserve(size);
  if (size > size_) std::fill(data_ + size_, data_ + size, millis);
  size_ = size;
}

}  // namespace flink::detail
