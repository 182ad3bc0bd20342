// SPDX-License-Identifier: Apache-2.0
// Where the reader of a source puts records (source.h). The slot of its task only.
#pragma once

#include <flink/base/algorithm.h>
#include <flink/base/memory.h>
#include <flink/graph/operator.h>
#include <flink/types/batch.h>
#include <flink/types/heap_bytes.h>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace flink {

// Records gather in a batch that goes on when it is full and when poll_next() returns; collect(),
// flush() and release_output_for_split() may suspend the task, so hold no lock across them.
template <class T>
class ReaderOutput final {
 public:
  static constexpr std::int64_t no_timestamp = flink::no_timestamp;
  // A full batch.
  static constexpr std::size_t records_max = chained_records_max<T>;

  // `splits`: null when nobody asks which split a record is of.
  explicit ReaderOutput(Output& output, SplitOutputs* splits = nullptr)
      : output_(&output), splits_(splits) {}
  ReaderOutput(const ReaderOutput&) = delete;
  ReaderOutput& operator=(const ReaderOutput&) = delete;

  // Where records of that split go, so that it has watermarks of its own: from now on it holds
  // those of the source back until it has records itself. The same output when asked again; valid
  // until it is released. Splits are told apart by the name, which people are shown.
  ReaderOutput& create_output_for_split(std::string_view split) {
    if (splits_ == nullptr) return *this;
    auto found = outputs_.find(split);
    if (found == outputs_.end()) {
      auto output = std::make_unique<ReaderOutput>(splits_->create_output_for_split(split));
      output->root_ = this;
      found = outputs_.emplace(split, std::move(output)).first;
    }
    return *found->second;
  }
  // The split has been read to its end, or goes to another reader.
  void release_output_for_split(std::string_view split) {
    const auto found = outputs_.find(split);
    if (found == outputs_.end()) return;
    found->second->flush();
    outputs_.erase(found);
    splits_->release_output_for_split(split);
  }

  void collect(const T& record) { add(record, no_timestamp); }
  void collect(T&& record) { add(std::move(record), no_timestamp); }
  void collect(const T& record, Timestamp at) { add(record, at.time_since_epoch().count()); }
  void collect(T&& record, Timestamp at) { add(std::move(record), at.time_since_epoch().count()); }

  // Views in the records collected from now on point into this buffer. Until the next pin() or
  // unpin().
  void pin(BufferRef buffer) {
    backing_ = std::move(buffer);
    if (batch_ && backing_) batch_->pin(backing_);
  }
  void unpin() { backing_.reset(); }

  // For readers that fill whole batches themselves: the open batch, then flush(). Valid until then.
  RecordBatch<T>& batch() {
    if (!batch_) [[unlikely]]
      open_batch();
    return *batch_;
  }
  // How many records the open batch still takes: few when they are large, or slow to work on.
  std::size_t room() {
    const RecordBatch<T>& open = batch();
    const std::size_t most = std::min(full(), open.capacity());
    return most - std::min(open.size(), most);
  }
  // The open batch goes on, and those of the splits.
  void flush() {
    if (root_ != nullptr) std::erase(root_->open_, this);
    flush_own();
    while (!open_.empty()) {
      ReaderOutput& split = *open_.back();
      open_.pop_back();
      split.flush_own();
    }
  }
  std::size_t pending() const noexcept {
    std::size_t records = batch_ ? batch_->size() : 0;
    for (const ReaderOutput* split : open_) records += split->batch_ ? split->batch_->size() : 0;
    return records;
  }
  bool half_full() const noexcept { return 2 * pending() >= full() || open_.size() >= open_max; }
  std::uint64_t batches_emitted() const noexcept { return batches_emitted_; }
  std::uint64_t records_emitted() const noexcept { return records_emitted_; }
  // For the runtime: how many records are a full batch for now.
  void set_goal(std::size_t records) noexcept {
    goal_ = detail::clamp<std::size_t>(records, 1, records_max);
  }

 private:
  // Of flat records, which are all that they take, records_max is the measure.
  static constexpr bool flat = std::is_trivially_copyable_v<T>;
  // So many batches of splits are enough for one poll.
  static constexpr std::size_t open_max = 16;
  std::size_t full() const noexcept {
    if constexpr (flat) return goal_;
    return detail::clamp<std::size_t>(Batch::bytes_max / (record_bytes_ + 1), 1, goal_);
  }
  void weigh() {
    if constexpr (!flat) {
      std::size_t bytes = batch_->size() * sizeof(T);
      for (std::size_t i = 0; i < batch_->size(); ++i) bytes += heap_bytes((*batch_)[i]);
      batch_->bytes = bytes;
      record_bytes_ = bytes / batch_->size();
      collected_bytes_ = 0;
    }
  }
  void open_batch() {
    if (root_ != nullptr) {
      goal_ = root_->goal_;
      batch_ = std::move(root_->spare_);
      root_->open_.push_back(this);
    }
    if (!batch_) batch_ = make_ref<RecordBatch<T>>(chained_records_max<T>);
    if (backing_) batch_->pin(backing_);
  }
  void flush_own() {
    if (!batch_) return;
    if (batch_->size() == 0) {
      if (root_ != nullptr) keep(std::move(batch_));
      return;
    }
    weigh();
    BatchRef handed{batch_.release()};
    ReaderOutput& root = root_ != nullptr ? *root_ : *this;
    ++root.batches_emitted_;
    root.records_emitted_ += handed->size();
    output_->emit(handed);
    if (handed && handed->unique()) {
      handed->clear();
      keep(Ref<RecordBatch<T>>{static_cast<RecordBatch<T>*>(handed.release())});
    }
  }
  // To be filled next: by any split, so that each does not hold one.
  void keep(Ref<RecordBatch<T>> empty) {
    if (!empty) return;
    empty->reserve(records_max);  // it may be another one than went out
    if (root_ != nullptr) {
      empty->clear();
      root_->spare_ = std::move(empty);
      return;
    }
    batch_ = std::move(empty);
    if (backing_) batch_->pin(backing_);
  }
  template <class U>
  void add(U&& record, std::int64_t millis) {
    RecordBatch<T>& open = batch();
    [[maybe_unused]] const T& added = open.emplace(std::forward<U>(record));
    if (millis != no_timestamp) open.stamp(millis);
    if constexpr (!flat) collected_bytes_ += heap_bytes(added);
    if (open.size() >= goal_ || collected_bytes_ >= Batch::bytes_max) flush();
  }

  Output* output_;
  SplitOutputs* splits_;
  ReaderOutput* root_ = nullptr;  // of a split: what it is an output of
  Ref<RecordBatch<T>> batch_;
  BufferRef backing_;
  std::uint64_t batches_emitted_ = 0, records_emitted_ = 0;
  std::size_t goal_ = records_max;
  std::size_t record_bytes_ = Batch::bytes_max / 16;  // each of the last batch; before that a guess
  std::size_t collected_bytes_ = 0;
  // Of the root.
  std::map<std::string, std::unique_ptr<ReaderOutput>, std::less<>> outputs_;
  std::vector<ReaderOutput*> open_;  // have a batch
  Ref<RecordBatch<T>> spare_;
};

}  // namespace flink
