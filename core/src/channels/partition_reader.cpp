// SPDX-License-Identifier: Apache-2.0
#include "channels/partition_reader.h"

#include <flink/error.h>

#include <utility>

#include "channels/partition_format.h"

namespace flink::channels {

// ---- BlockReader

BlockReader::BlockReader(PartitionRef partition, std::size_t part, base::Executor& executor)
    : executor_(executor), ahead_(std::make_shared<Ahead>()) {
  ahead_->partition = std::move(partition);
  ahead_->part = part;
}

void BlockReader::set_waker(fiber::Waker waker) {
  const std::lock_guard lock{ahead_->mutex};
  ahead_->waker = std::move(waker);
}

std::optional<BufferRef> BlockReader::poll() {
  std::unique_lock lock{ahead_->mutex};
  if (ahead_->failure) std::rethrow_exception(ahead_->failure);
  auto block = std::exchange(ahead_->block, nullptr);
  if (ahead_->at_end && !block) return BufferRef{};
  if (!ahead_->working && !ahead_->at_end) ahead_->start(executor_, lock);
  if (!block) return std::nullopt;
  return block;
}

// An executor that has ended does the work here and now.
void BlockReader::Ahead::start(base::Executor& executor, std::unique_lock<std::mutex>& lock) {
  working = true;
  lock.unlock();
  executor.run_blocking([self = shared_from_this()] { self->work(); });
}

void BlockReader::Ahead::work() {
  BufferRef read_now;
  std::exception_ptr wrong;
  try {
    read_now = read();
  } catch (...) {
    wrong = std::current_exception();
  }
  fiber::Waker woken;
  {
    const std::lock_guard lock{mutex};
    working = false;
    block = std::move(read_now);
    failure = wrong;
    at_end = !wrong && next == places->size();
    woken = waker;
  }
  woken.wake();
}

// Null: there is none at all.
BufferRef BlockReader::Ahead::read() {
  if (!places) {
    const auto index = partition->file->read(partition->indexes.at(part));
    places = read_places({index->data(), index->size()});
  }
  if (next == places->size()) return nullptr;
  return partition->file->read((*places)[next++]);
}

// ---- elements

namespace {

class PartReader final : public ChannelReader {
 public:
  PartReader(PartitionRef partition, std::size_t part, const RecordType& type,
             base::Executor& executor)
      : blocks_(std::move(partition), part, executor), type_(type) {}

  void set_waker(fiber::Waker waker) override { blocks_.set_waker(std::move(waker)); }

  std::optional<Element> poll() override {
    while (!ended_) {
      if (const auto item = items_.next()) return take(*item);
      auto block = blocks_.poll();
      if (!block) return std::nullopt;
      if (!*block) {
        throw Error{ErrorKind::transient, "a spilled partition is damaged: it has no end"};
      }
      block_ = std::move(*block);
      bytes_ += block_->size();
      items_ = ItemReader{{block_->data(), block_->size()}};
    }
    return std::nullopt;
  }
  std::optional<Barrier> poll_announced() override { return std::nullopt; }
  void give_back(BatchRef batch) override { spare_ = std::move(batch); }
  void want(std::size_t) override {}
  std::uint64_t bytes() const override { return bytes_; }

 private:
  Element take(const Item& item) {
    if (item.kind == FrameKind::data) {
      return read_records(item, type_, block_, std::move(spare_));
    }
    ended_ = item.kind == FrameKind::end;
    return control_of(item);
  }

  BlockReader blocks_;
  const RecordType& type_;
  BufferRef block_;
  ItemReader items_{{}};
  BatchRef spare_;
  bool ended_ = false;
  std::uint64_t bytes_ = 0;
};

}  // namespace

std::unique_ptr<ChannelReader> make_part_reader(PartitionRef partition, std::size_t part,
                                                const RecordType& type, base::Executor& executor) {
  return std::make_unique<PartReader>(std::move(partition), part, type, executor);
}

}  // namespace flink::channels
