// SPDX-License-Identifier: Apache-2.0
#include "operators/key_sorter.h"

#include <flink/base/check.h>

#include <algorithm>
#include <string>
#include <utility>

namespace flink::operators {

namespace {

constexpr std::size_t runs_max = 128;

class BufferBlocks final : public SortedBlocks {
 public:
  BufferBlocks(SortBuffer& buffer, std::size_t block_bytes)
      : buffer_(buffer), block_bytes_(block_bytes) {}
  std::string_view next() override {
    block_.clear();
    buffer_.take(block_, block_bytes_);
    return block_;
  }

 private:
  SortBuffer& buffer_;
  std::size_t block_bytes_;
  std::string block_;
};

}  // namespace

// A run being read has a block as it is in the file and as it was, and so has the one written.
KeySorter::KeySorter(SpillSetup setup, std::size_t memory_bytes, SortBuffer::Write write)
    : setup_(std::move(setup)),
      block_bytes_(std::clamp<std::size_t>(memory_bytes / 64, 4 << 10, 256 << 10)),
      runs_max_(std::clamp<std::size_t>(memory_bytes / (2 * block_bytes_), 2, runs_max)),
      write_(std::move(write)),
      buffer_(memory_bytes) {}

void KeySorter::add(const Batch& batch) {
  if (batch.size() == 0 || buffer_.add(batch, write_)) return;
  spill();
  FLINK_CHECK(buffer_.add(batch, write_));
}

void KeySorter::spill() {
  setup_.run_blocking([this] {
    buffer_.sort();
    auto run = std::make_unique<SortedRun>(setup_);
    std::string block;
    for (; buffer_.take(block, block_bytes_); block.clear()) run->add(block);
    run->finish();
    runs_.push_back(std::move(run));
    buffer_.clear();
  });
  count(*runs_.back());
}

void KeySorter::count(const SortedRun& run) {
  bytes_spilled_ += run.bytes();
  ++runs_spilled_;
}

void KeySorter::finish() {
  if (runs_.empty()) {
    setup_.run_blocking([this] { buffer_.sort(); });
    return;
  }
  if (buffer_.size() > 0) spill();
  buffer_.release();
  while (runs_.size() > runs_max_) merge_down();
}

// One pass: neighbours become one run, so that the order of arrival stays. As few as will do.
void KeySorter::merge_down() {
  Runs merged;
  std::size_t too_many = runs_.size() - runs_max_;
  for (std::size_t from = 0; from < runs_.size();) {
    const std::size_t most = std::min(runs_max_, runs_.size() - from);
    const std::size_t count_of = std::min(most, too_many + 1);
    if (count_of == 1) {
      merged.push_back(std::move(runs_[from++]));
      continue;
    }
    setup_.run_blocking([&] {
      std::vector<EntryMerge::Sequence> sequences;
      const RunBlocking here = [](const std::function<void()>& function) { function(); };
      for (std::size_t i = from; i < from + count_of; ++i) {
        sequences.push_back({runs_[i]->read(here), 0});
      }
      EntryMerge merge{std::move(sequences)};
      auto run = std::make_unique<SortedRun>(setup_);
      std::string block;
      for (; const SortedEntry* const entry = merge.top(); merge.pop()) {
        block.append(reinterpret_cast<const char*>(&entry->hash), sizeof(entry->hash));
        block.append(entry->bytes);
        if (block.size() < block_bytes_) continue;
        run->add(block);
        block.clear();
      }
      if (!block.empty()) run->add(block);
      run->finish();
      merged.push_back(std::move(run));
    });
    count(*merged.back());
    for (std::size_t i = from; i < from + count_of; ++i) runs_[i].reset();
    from += count_of;
    too_many -= count_of - 1;
  }
  runs_ = std::move(merged);
}

std::vector<EntryMerge::Sequence> KeySorter::take_sequences(int input) {
  std::vector<EntryMerge::Sequence> sequences;
  for (const auto& run : runs_) sequences.push_back({run->read(setup_.run_blocking), input});
  if (runs_.empty() && buffer_.size() > 0) {
    sequences.push_back({std::make_unique<BufferBlocks>(buffer_, block_bytes_), input});
  }
  return sequences;
}

}  // namespace flink::operators
