// SPDX-License-Identifier: Apache-2.0
#include <flink/base/check.h>
#include <flink/types/batch.h>

#include <algorithm>

namespace flink {

template class Ref<Batch>;

namespace detail {

Timestamps::~Timestamps() { deallocate(); }

void Timestamps::deallocate() noexcept {
  if (data_ != nullptr) std::allocator<std::int64_t>{}.deallocate(data_, capacity_);
}

void Timestamps::reserve(std::size_t at_least) {
  if (at_least <= capacity_) return;
  const std::size_t capacity = std::max({at_least, 2 * capacity_, std::size_t{16}});
  std::int64_t* const fresh = std::allocator<std::int64_t>{}.allocate(capacity);
  std::copy_n(data_, size_, fresh);
  deallocate();
  data_ = fresh;
  capacity_ = capacity;
}

void Timestamps::resize(std::size_t size, std::int64_t millis) {
  reserve(size);
  if (size > size_) std::fill(data_ + size_, data_ + size, millis);
  size_ = size;
}

}  // namespace detail

Batch::~Batch() = default;

void Batch::check_stamps() const {
  FLINK_CHECK(timestamps_.empty() || timestamps_.size() == size(), timestamps_.size(), size());
}

void Batch::check_fits(std::size_t records) const {
  FLINK_CHECK(records <= capacity(), records, capacity());
}

void Batch::fill_timestamps(std::size_t records) { timestamps_.resize(records, no_timestamp); }

void Batch::pin(const BufferRef& buffer) {
  for (const auto& held : pins) {
    if (held.get() == buffer.get()) return;
  }
  pins.push_back(buffer);
}

std::size_t Batch::pinned_bytes() const noexcept {
  std::size_t bytes = 0;
  for (const auto& held : pins) bytes += held->size();
  return bytes;
}

void Batch::pin_those_of(const Batch& other) {
  for (const auto& buffer : other.pins) pin(buffer);
}

void Batch::clear_pins() noexcept { pins.clear(); }

}  // namespace flink
