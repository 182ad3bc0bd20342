// SPDX-License-Identifier: Apache-2.0
#include "task/exchange_writer.h"

#include <flink/base/check.h>
#include <flink/types/key_hash.h>

#include <algorithm>
#include <utility>

namespace flink::task {

namespace {

constexpr unsigned emits_between_looks = 16;

}  // namespace

ExchangeWriter::ExchangeWriter(Setup setup)
    : type_(*setup.edge->type),
      flat_(type_.flat()),
      strategy_(setup.edge->partitioning.strategy),
      counters_(*setup.counters),
      writers_(std::move(setup.channels)),
      random_(setup.seed),
      room_(*setup.room),
      announce_barriers_(setup.announce_barriers),
      overflow_(writers_.size()),
      overflow_bytes_(writers_.size()) {
  FLINK_CHECK(!writers_.empty());
  ChannelBatches::count = static_cast<int>(writers_.size());
  ChannelBatches::max_parallelism = setup.max_parallelism;
  for (std::size_t i = 0; i < writers_.size(); ++i) {
    open_batches_.push_back(type_.make_batch(records_max(static_cast<int>(i))));
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
  if (size == 0 || discarding_) return;
  TaskCounters::add(counters_.records_out, size);
  gathered(*batch);
  if (strategy_ == ShipStrategy::broadcast && count > 1) {
    emit_to_all(batch);
  } else if (strategy_ == ShipStrategy::global ||
             (count == 1 && strategy_ != ShipStrategy::custom)) {
    emit_to_one(batch, 0);
  } else {
    pending_ = true;
    const bool sole_owner = batch->unique();
    if (partitioner_) {
      partitioner_->partition(*batch, sole_owner, *this);
    } else {
      spread(*batch, sole_owner);
    }
  }
  if (++emits_ % emits_between_looks == 0 || gathered_bytes_ >= Batch::bytes_max) look_over();
}

void ExchangeWriter::emit_to_one(BatchRef& batch, int channel) {
  BatchRef& open_batch = open_batches_[static_cast<std::size_t>(channel)];
  const std::size_t size = batch->size(), most = records_max(channel);
  const bool large = size * 2 >= type_.chained_max() || batch->bytes * 2 >= Batch::bytes_max;
  if (large && size <= most) {
    pending_ = true;
    if (open_batch->size() > 0) flush(channel);
    if (batch->bytes == 0) batch->bytes = bytes_of(*batch);
    send(channel, channels::Element{std::move(batch)});
    batch = spare_of(channel, type_.chained_max());
    return;
  }
  const bool sole_owner = batch->unique();
  for (std::size_t i = 0; i < size; ++i) {
    if (open_batch->size() >= most) flush(channel);
    type_.append(*open_batch, *batch, i, sole_owner);
  }
  pending_ = true;
}

// Each channel gets the same batch, shared. Small batches gather in the first open one.
void ExchangeWriter::emit_to_all(BatchRef& batch) {
  BatchRef& gathered = open_batches_[0];
  std::size_t most = records_max(0);
  for (int c = 1; c < count; ++c) most = std::min(most, records_max(c));
  const bool sole_owner = batch->unique();
  for (std::size_t i = 0; i < batch->size(); ++i) {
    if (gathered->size() >= most) flush(0);
    type_.append(*gathered, *batch, i, sole_owner);
  }
  pending_ = true;
}

std::size_t ExchangeWriter::records_max(int channel) const {
  return std::clamp<std::size_t>(writers_[static_cast<std::size_t>(channel)]->wanted(), 1,
                                 type_.exchange_max());
}

void ExchangeWriter::gathered(const Batch& batch) {
  if (flat_) return;
  gathered_records_ += batch.size();
  gathered_bytes_ += batch.bytes > 0 ? batch.bytes : type_.bytes(batch);
  record_bytes_ = gathered_bytes_ / gathered_records_;
}

// What is too much for an open batch: large records, blocks kept alive by views, or what was well
// before its consumer got slow.
void ExchangeWriter::look_over() {
  gathered_records_ = gathered_bytes_ = 0;
  for (int c = 0; c < count; ++c) {
    const Batch& open_batch = *open_batches_[static_cast<std::size_t>(c)];
    if (open_batch.size() == 0) continue;
    if (open_batch.size() >= records_max(c) || type_.bytes(open_batch) >= Batch::bytes_max)
      flush(c);
  }
}

// Small records are taken to be like others of late, large ones are looked at.
std::size_t ExchangeWriter::bytes_of(const Batch& batch) const {
  constexpr std::size_t small = 256;
  const bool guess = !flat_ && record_bytes_ > 0 && record_bytes_ < small;
  return std::max<std::size_t>(1, guess ? batch.size() * record_bytes_ : type_.bytes(batch));
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
#ifndef NDEBUG
  open_batch->check_timestamps();
#endif
  open_batch->bytes = bytes_of(*open_batch);
  const std::size_t most = records_max(channel);
  BatchRef fresh = most == type_.exchange_max() ? spare_of(channel, most) : nullptr;
  if (!fresh) fresh = type_.make_batch(most);
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
    if (!room_.wait_for_room(overflow_full(channel))) break;
  }
  overflow_bytes_[channel] += channels::bytes_of(element);
  overflow_[channel].push_back(std::move(element));
  ++overflowing_;
}

bool ExchangeWriter::overflow_full(std::size_t channel) const {
  return overflow_[channel].size() >= overflow_max ||
         overflow_bytes_[channel] >= overflow_bytes_max;
}

bool ExchangeWriter::send_overflow_of(std::size_t channel) {
  auto& overflow = overflow_[channel];
  while (!overflow.empty()) {
    const std::size_t bytes = channels::bytes_of(overflow.front());
    if (!writers_[channel]->push_some(overflow.front())) break;
    overflow_bytes_[channel] -= bytes;
    overflow.pop_front();
    --overflowing_;
    if (overflow.empty()) writers_[channel]->flush();
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
  count_bytes();
}

void ExchangeWriter::count_bytes() {
  std::uint64_t bytes = 0;
  for (const auto& writer : writers_) bytes += writer->bytes();
  TaskCounters::add(counters_.bytes_out, bytes - std::exchange(counted_bytes_, bytes));
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
