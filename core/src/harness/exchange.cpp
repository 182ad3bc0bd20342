// SPDX-License-Identifier: Apache-2.0
#include "harness/exchange.h"

#include <cstdint>
#include <utility>

namespace flink::detail {

Exchange::Exchange(const StreamEdge& edge, ShipStrategy strategy, std::vector<Output*> readers,
                   int max_parallelism)
    : type_(*edge.type), strategy_(strategy), readers_(std::move(readers)) {
  if (edge.partitioning.make_partitioner) partitioner_ = edge.partitioning.make_partitioner();
  for (std::size_t i = 0; i < readers_.size(); ++i) {
    open_.push_back(type_.make_batch(type_.exchange_max()));
  }
  ChannelBatches::count = static_cast<int>(readers_.size());
  ChannelBatches::open = open_.data();
  ChannelBatches::max_parallelism = max_parallelism;
}

void Exchange::emit(BatchRef& batch) {
  if (batch->size() == 0) return;
  if (strategy_ == ShipStrategy::broadcast) {
    for (Output* reader : readers_) {
      BatchRef shared = batch;
      reader->emit(shared);
    }
    return;
  }
  const bool sole_owner = batch->unique();
  if (partitioner_ != nullptr) {
    partitioner_->partition(*batch, sole_owner, *this);
  } else {
    std::vector<std::uint16_t> channel_of(batch->size(), 0);
    for (auto& channel : channel_of) {
      if (strategy_ == ShipStrategy::global) break;
      channel = static_cast<std::uint16_t>(next_++ % count);
    }
    type_.scatter(*batch, sole_owner, channel_of.data(), *this);
  }
  for (int i = 0; i < count; ++i) flush(i);
}

void Exchange::flush(int channel) {
  BatchRef& open_batch = open_[static_cast<std::size_t>(channel)];
  if (open_batch->size() == 0) return;
  BatchRef full = std::exchange(open_batch, type_.make_batch(type_.exchange_max()));
  readers_[static_cast<std::size_t>(channel)]->emit(full);
}

}  // namespace flink::detail
