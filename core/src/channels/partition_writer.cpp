// SPDX-License-Identifier: Apache-2.0
#include "channels/partition_writer.h"

#include <flink/base/check.h>
#include <flink/error.h>

#include <algorithm>

#include "channels/partition_format.h"
#include "fiber/slot_task.h"

namespace flink::channels {

// ---- PartitionSpooler

PartitionSpooler::PartitionSpooler(SpoolerSetup setup)
    : setup_(std::move(setup)), places_(std::max<std::size_t>(1, setup_.consumers.size())) {}

bool PartitionSpooler::give(std::size_t part, std::string_view block, const fiber::Waker& waker) {
  std::unique_lock lock{mutex_};
  if (failure_) std::rethrow_exception(failure_);
  if (under_way_ >= under_way_max) {
    waker_ = waker;
    return false;
  }
  under_way_ += block.size();
  queue_.emplace_back(part, block);
  start(lock);
  return true;
}

bool PartitionSpooler::finish(const fiber::Waker& waker) {
  std::unique_lock lock{mutex_};
  if (failure_) std::rethrow_exception(failure_);
  if (finished_) return true;
  waker_ = waker;
  finishing_ = true;
  start(lock);
  return false;
}

// The file closes on a helper: the disk may take its time for a large one.
void PartitionSpooler::abandon() {
  std::unique_lock lock{mutex_};
  if (finished_) return;
  abandoned_ = true;
  queue_.clear();
  start(lock);
}

// Gives the lock back: an executor that has ended does the work here and now.
void PartitionSpooler::start(std::unique_lock<std::mutex>& lock) {
  if (std::exchange(working_, true)) return;
  lock.unlock();
  setup_.executor->run_blocking([self = shared_from_this()] { self->work(); });
}

void PartitionSpooler::work() {
  for (;;) {
    Blocks blocks;
    bool last = false;
    {
      const std::lock_guard lock{mutex_};
      blocks.swap(queue_);
      last = blocks.empty() && finishing_ && !finished_;
      if (abandoned_ || failure_ || (blocks.empty() && !last)) {
        if (abandoned_ || failure_) partition_ = nullptr;
        working_ = false;
        return;
      }
    }
    std::exception_ptr failure;
    try {
      if (last) write_indexes();
      else write(blocks);
    } catch (...) {
      failure = std::current_exception();
    }
    fiber::Waker waker;
    {
      const std::lock_guard lock{mutex_};
      for (const auto& [part, block] : blocks) under_way_ -= block.size();
      failure_ = failure;
      finished_ = last && !failure && !abandoned_;
      // Under the lock: once abandon() has returned, nobody is given the partition.
      if (finished_) setup_.finished(std::exchange(partition_, nullptr));
      waker = std::exchange(waker_, {});
    }
    waker.wake();
  }
}

void PartitionSpooler::write(const Blocks& blocks) {
  open();
  for (const auto& [part, block] : blocks) places_[part].push_back(partition_->file->add(block));
}

void PartitionSpooler::write_indexes() {
  open();
  for (auto& places : places_) {
    partition_->indexes.push_back(partition_->file->add(write_places(places)));
    places = {};
  }
  partition_->file->close();
}

void PartitionSpooler::open() {
  if (partition_) return;
  auto partition = std::make_shared<Partition>();
  partition->what = setup_.what;
  partition->consumers = setup_.consumers;
  partition->directories = setup_.directories;
  partition->file =
      std::make_unique<spill::SpillFile>(*setup_.directories, setup_.codec, setup_.what);
  partition_ = std::move(partition);
}

// ---- the writers

namespace {

class PartWriter final : public ChannelWriter {
 public:
  // What the writers of a partition share: the last one to go abandons what is not finished.
  struct Shared {
    std::shared_ptr<PartitionSpooler> spooler;
    std::size_t open_parts = 0;  // whose end has not been given yet
    ~Shared() { spooler->abandon(); }
  };

  PartWriter(std::shared_ptr<Shared> shared, std::size_t part, const RecordType& type,
             const PartWriterOptions& options)
      : shared_(std::move(shared)), part_(part), type_(type), options_(options) {}

  bool push_some(Element& element) override {
    if (auto* batch = std::get_if<BatchRef>(&element)) return push_batch(*batch);
    if (std::holds_alternative<Barrier>(element)) {
      throw Error{ErrorKind::internal, "a checkpoint's barrier came to a blocking exchange"};
    }
    const bool end = std::holds_alternative<EndOfPartition>(element);
    if (!written_) {
      if (block_.size() >= options_.block_bytes && !give()) return false;
      write_item(element, block_);
      if (!end) return true;
      written_ = true;
    }
    return push_end();
  }
  void announce(const Barrier&) override {}
  void flush() override {}  // nobody reads before the end
  BatchRef take_spare() override { return std::move(spare_); }
  std::size_t wanted() const override { return SIZE_MAX; }
  std::uint64_t bytes() const override { return given_ + block_.size(); }

 private:
  bool push_batch(BatchRef& batch) {
    while (next_record_ < batch->size()) {
      if (block_.size() >= options_.block_bytes && !give()) return false;
      const std::size_t begin = block_.size();
      next_record_ += write_item(type_, *batch, next_record_, options_.block_bytes, block_);
      check_size(block_.size() - begin);
    }
    next_record_ = 0;
    if (batch->unique()) {
      batch->clear();
      spare_ = std::move(batch);
    }
    return true;
  }

  // Given again until the whole partition is there, by the part that comes last.
  bool push_end() {
    if (block_.size() > 0) {
      if (!give()) return false;
      if (--shared_->open_parts > 0) return true;
    }
    if (shared_->open_parts > 0) return true;
    return shared_->spooler->finish(waker());
  }

  bool give() {
    if (!shared_->spooler->give(part_, block_.view(), waker())) return false;
    given_ += block_.size();
    block_.clear();
    return true;
  }

  // Readers on other TaskManagers take no larger ones.
  void check_size(std::size_t bytes) const {
    if (bytes <= options_.record_bytes_max + options_.block_bytes) return;
    throw Error{ErrorKind::user,
                detail::concat("a record of type ", type_.name(), " takes ", bytes,
                               " bytes, more than record_bytes_max (", options_.record_bytes_max,
                               ") allows between TaskManagers; make records smaller or raise "
                               "record_bytes_max")};
  }

  const fiber::Waker& waker() {
    auto* const task = fiber::SlotTask::current();
    if (!waker_ && task != nullptr) waker_ = task->waker();
    return waker_;
  }

  std::shared_ptr<Shared> shared_;
  const std::size_t part_;
  const RecordType& type_;
  const PartWriterOptions options_;
  ByteWriter block_;
  std::size_t next_record_ = 0;  // of the batch that is being taken
  BatchRef spare_;               // one that was taken
  bool written_ = false;         // the end
  std::uint64_t given_ = 0;
  fiber::Waker waker_;
};

}  // namespace

std::vector<std::unique_ptr<ChannelWriter>> make_part_writers(
    std::shared_ptr<PartitionSpooler> spooler, const RecordType& type,
    const PartWriterOptions& options) {
  const std::size_t parts = spooler->parts();
  auto shared = std::make_shared<PartWriter::Shared>();
  shared->spooler = std::move(spooler);
  shared->open_parts = parts;
  std::vector<std::unique_ptr<ChannelWriter>> writers;
  for (std::size_t part = 0; part < parts; ++part) {
    writers.push_back(std::make_unique<PartWriter>(shared, part, type, options));
  }
  return writers;
}

}  // namespace flink::channels
