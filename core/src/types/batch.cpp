// SPDX-License-Identifier: Apache-2.0
#include <flink/batch.h>

namespace flink {

Batch::~Batch() = default;

void Batch::pin(const BufferRef& buffer) {
  for (const auto& held : pins) {
    if (held.get() == buffer.get()) return;
  }
  pins.push_back(buffer);
}

void Batch::pin_those_of(const Batch& other) {
  for (const auto& buffer : other.pins) pin(buffer);
}

void Batch::clear_pins() noexcept { pins.clear(); }

}  // namespace flink
