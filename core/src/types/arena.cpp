// SPDX-License-Identifier: Apache-2.0
#include <flink/arena.h>

#include <algorithm>
#include <utility>

namespace flink {

Arena::~Arena() = default;

void Arena::next_block(std::size_t size) {
  if (copied_) left_.push_back(std::move(block_));
  const std::size_t usual = block_bytes << std::min<std::size_t>(left_.size() / 4, 7);
  block_ = make_ref<Buffer>(std::max(size, usual));
  used_ = 0;
}

void Arena::forget() noexcept {
  copied_ = fresh_ = false;
  left_.clear();
  pinned_ = 0;
  if (block_->size() > block_bytes) block_.reset();
}

void Arena::pin_new_in(Batch& batch) {
  for (; pinned_ < left_.size(); ++pinned_) batch.pin(left_[pinned_]);
  fresh_ = false;
  if (!batch.pins.empty() && batch.pins.back().get() == block_.get()) return;
  batch.pin(block_);
}

}  // namespace flink
