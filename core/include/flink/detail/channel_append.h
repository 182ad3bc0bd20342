// SPDX-License-Identifier: Apache-2.0
// The innermost step of every exchange: one record into the open batch of a channel.
#pragma once

#include <flink/batch.h>
#include <flink/partitioner.h>
#include <flink/types/views.h>

#include <utility>

namespace flink::detail {

// Appends record i of `batch` to the open batch of a channel; sends that when it is full.
template <class T>
inline void append_to_channel(RecordBatch<T>& batch, std::size_t i, bool sole_owner, int channel,
                              ChannelBatches& channels) {
  auto* open = static_cast<RecordBatch<T>*>(channels.open[channel].get());
  if (open->full()) [[unlikely]] {
    if constexpr (has_views<T>) open->pin_all_of(batch);
    channels.flush(channel);
    open = static_cast<RecordBatch<T>*>(channels.open[channel].get());
  }
  if (sole_owner) {
    open->emplace(std::move(batch[i]));
  } else {
    open->emplace(std::as_const(batch)[i]);
  }
  if (!batch.timestamps.empty()) open->timestamps.push_back(batch.timestamps[i]);
}

// After a batch was split: what its records' views point into stays alive with each part.
template <class T>
inline void pin_in_channels(const RecordBatch<T>& batch, ChannelBatches& channels) {
  if constexpr (has_views<T>) {
    for (int c = 0; c < channels.count; ++c) {
      if (channels.open[c]->size() > 0) channels.open[c]->pin_all_of(batch);
    }
  }
}

}  // namespace flink::detail
