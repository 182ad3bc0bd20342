// SPDX-License-Identifier: Apache-2.0
#include "operators/entry_batches.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace flink::operators {

bool EntryBatches::add(const SortedEntry& entry) {
  if (count_ > 0 && (count_ == records_max_ || stamped_ != entry.stamped)) return false;
  const std::size_t bytes = entry.record.size() + (count_ == 0 ? 1 : 0);
  if (!buffer_ || end_ + bytes > buffer_->size()) {
    if (count_ > 0) return false;
    buffer_ = make_ref<Buffer>(std::max(bytes, buffer_bytes));
    start_ = end_ = 0;
  }
  if (count_ == 0) {
    stamped_ = entry.stamped;
    buffer_->data()[end_++] = stamped_ ? 1 : 0;
  }
  std::memcpy(buffer_->data() + end_, entry.record.data(), entry.record.size());
  end_ += entry.record.size();
  ++count_;
  return true;
}

BatchRef EntryBatches::take() {
  ByteReader bytes{buffer_->data() + start_, end_ - start_};
  if (!spare_) spare_ = type_.make_batch(records_max_);
  BatchRef batch = type_.read(bytes, std::exchange(count_, 0), buffer_, std::move(spare_));
  start_ = end_;
  return batch;
}

void EntryBatches::give_back(BatchRef batch) {
  if (batch && batch->unique()) {
    batch->clear();
    spare_ = std::move(batch);
  }
  if (count_ == 0 && buffer_->unique()) start_ = end_ = 0;
}

}  // namespace flink::operators
