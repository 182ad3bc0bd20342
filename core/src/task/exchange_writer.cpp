// SPDX-License-Identifier: Apache-2.0
#include "task/exchange_writer.h"

#include <flink/check.h>
#include <flink/types/key_hash.h>

#include <utility>

namespace flink::task {

ExchangeWriter::ExchangeWriter(Setup setup)
    : type_(*setup.edge->type),
      strategy_(setup.edge->partitioning.strategy),
      counters_(*setup.counters),
      writers_(std::move(setup.channels)),
      random_(setup.seed),
      room_(*setup.room),
      announce_barriers_(setup.announce_barriers),
      overflow_(writers_.size()) {
  FLINK_CHECK(!writers_.empty());
  ChannelBatches::count = static_cast<int>(writers_.size());
  ChannelBatches::max_parallelism = setup.max_parallelism;
  for (std::size_t i = 0; i < writers_.size(); ++i) {
    open_batches_.push_back(type_.make_batch(Batch::records_max));
  }
  ChannelBatches::open = open_batches_.data();
  FLINK_CHECK(strategy_ != ShipStrategy::hash || count == setup.target_parallelism, count);
  if (setup.edge->partitioning.make_partitioner) {
    partitioner_ = setup.edge->partitioning.make_partitioner();
  }
  // Producers start their round at different channels, so that few records still spread.
  next_ = setup.subtask % count;
}

ExchangeWriter::~ExchangeWriter() = default;

void ExchangeWriter::emit(BatchRef& batch) {
  const std::size_t size = batch->size();
  if (size == 0) return;
  TaskCounters::add(counters_.records_out, size);
  if (strategy_ == ShipStrategy::broadcast && count > 1) return emit_to_all(batch);
  if (strategy_ == ShipStrategy::global) return emit_to_one(batch, 0);
  if (count == 1 && strategy_ != ShipStrategy::custom) return emit_to_one(batch, 0);
  pending_ = true;
  const bool sole_owner = batch->unique();
  if (partitioner_) {
    partitioner_->partition(*batch, sole_owner, *this);
  } else {
    spread(*batch, sole_owner);
  }
}

void ExchangeWriter::emit_to_one(BatchRef& batch, int channel) {
  BatchRef& open_batch = open_batches_[static_cast<std::size_t>(channel)];
  if (batch->size() * 2 >= type_.chained_max()) {
    if (open_batch->size() > 0) flush(channel);
    send(channel, channels::Element{std::move(batch)});
    batch = spare_of(channel, type_.chained_max());
    return;
  }
  const bool sole_owner = batch->unique();
  for (std::size_t i = 0; i < batch->size(); ++i) {
    if (open_batch->size() >= Batch::records_max) flush(channel);
    type_.append(*open_batch, *batch, i, sole_owner);
  }
  pending_ = true;
}

// Each channel gets the same batch, shared. Small batches gather in the first open one.
void ExchangeWriter::emit_to_all(BatchRef& batch) {
  BatchRef& gathered = open_batches_[0];
  const bool sole_owner = batch->unique();
  for (std::size_t i = 0; i < batch->size(); ++i) {
    if (gathered->size() >= Batch::records_max) flush(0);
    type_.append(*gathered, *batch, i, sole_owner);
  }
  pending_ = true;
}

void ExchangeWriter::spread(Batch& batch, bool sole_owner) {
  channel_of_record_.resize(batch.size());
  for (auto& channel : channel_of_record_) {
    if (strategy_ == ShipStrategy::shuffle) {
      channel = static_cast<std::uint16_t>(random_.below(static_cast<std::uint64_t>(count)));
    } else {
      channel = static_cast<std::uint16_t>(next_);
      if (++next_ == count) next_ = 0;
    }
  }
  type_.scatter(batch, sole_owner, channel_of_record_.data(), *this);
}

void ExchangeWriter::flush(int channel) {
  BatchRef& open_batch = open_batches_[static_cast<std::size_t>(channel)];
  if (open_batch->size() == 0) return;
  BatchRef fresh = spare_of(channel, Batch::records_max);
  if (!fresh) fresh = type_.make_batch(Batch::records_max);
  BatchRef full = std::exchange(open_batch, std::move(fresh));
  if (strategy_ == ShipStrategy::broadcast) {
    for (int c = 1; c < count; ++c) send(c, channels::Element{full});
  }
  send(channel, channels::Element{std::move(full)});
}

// One that is neither small (batches would go half empty) nor so large that it had better be freed.
BatchRef ExchangeWriter::spare_of(int channel, std::size_t capacity) {
  BatchRef spare = writers_[static_cast<std::size_t>(channel)]->take_spare();
  const bool fits =
      spare && spare->capacity() >= capacity && spare->capacity() <= 4 * Batch::records_max;
  return fits ? std::move(spare) : nullptr;
}

void ExchangeWriter::send(int channel, channels::Element element) {
  const auto at = static_cast<std::size_t>(channel);
  if (overflowing_ == 0 && writers_[at]->push_some(element)) return;
  send_slowly(at, std::move(element));
}

void ExchangeWriter::send_slowly(std::size_t channel, channels::Element element) {
  for (;;) {
    // All channels: while it waits for one, the others must not.
    send_overflow();
    if (overflow_[channel].empty() && writers_[channel]->push_some(element)) return;
    if (!room_.wait_for_room(overflow_[channel].size() >= overflow_max)) break;
  }
  overflow_[channel].push_back(std::move(element));
  ++overflowing_;
}

bool ExchangeWriter::send_overflow_of(std::size_t channel) {
  auto& overflow = overflow_[channel];
  while (!overflow.empty() && writers_[channel]->push_some(overflow.front())) {
    overflow.pop_front();
    --overflowing_;
  }
  return overflow.empty();
}

bool ExchangeWriter::send_overflow() {
  for (std::size_t c = 0; c < writers_.size(); ++c) send_overflow_of(c);
  return overflowing_ == 0;
}

void ExchangeWriter::flush_all() {
  if (!pending_) return;
  pending_ = false;
  for (int c = 0; c < count; ++c) flush(c);
  for (auto& writer : writers_) writer->flush();
}

void ExchangeWriter::broadcast(const channels::Element& element) {
  flush_all();
  for (int c = 0; c < count; ++c) send(c, element);
}

void ExchangeWriter::send_barrier(const channels::Barrier& barrier) {
  if (announce_barriers_) {
    for (auto& writer : writers_) writer->announce(barrier);
  }
  broadcast(channels::Element{barrier});
}

void ExchangeWriter::emit_watermark(Timestamp watermark) {
  broadcast(channels::Element{channels::Watermark{watermark.time_since_epoch().count()}});
}

void ExchangeWriter::emit_idle(bool idle) {
  broadcast(channels::Element{channels::WatermarkStatus{idle}});
}

}  // namespace flink::task
