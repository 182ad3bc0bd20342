// SPDX-License-Identifier: Apache-2.0
#include <flink/base/check.h>
#include <flink/types/batch.h>

namespace flink {

template class Ref<Batch>;

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
