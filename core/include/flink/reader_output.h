// SPDX-License-Identifier: Apache-2.0
// Where the reader of a source puts records (source.h). The slot of its task only.
#pragma once

#include <flink/graph/operator.h>
#include <flink/types/batch.h>
#include <flink/types/heap_bytes.h>

#include <algorithm>
#include <cstdint>
#include <type_traits>
#include <utility>

namespace flink {

// Records gather in a batch that goes on when it is full and when poll_next() returns; collect()
// and flush() may suspend the task, so hold no lock across them.
template <class T>
class ReaderOutput final {
 public:
  static constexpr std::int64_t no_timestamp = flink::no_timestamp;
  // A full batch.
  static constexpr std::size_t records_max = chained_records_max<T>;

  explicit ReaderOutput(Output& output) : output_(&output) {}

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
    const std::size_t most = std::min(full(), batch().capacity());
    return most - std::min(batch().size(), most);
  }
  void flush() {
    if (!batch_ || batch_->size() == 0) return;
    weigh();
    BatchRef handed{batch_.release()};
    ++batches_emitted_;
    records_emitted_ += handed->size();
    output_->emit(handed);
    if (handed && handed->unique()) {
      handed->clear();
      batch_ = Ref<RecordBatch<T>>{static_cast<RecordBatch<T>*>(handed.release())};
      batch_->reserve(records_max);  // it may be another one than went out
      if (backing_) batch_->pin(backing_);
    }
  }
  std::size_t pending() const noexcept { return batch_ ? batch_->size() : 0; }
  bool half_full() const noexcept { return 2 * pending() >= full(); }
  std::uint64_t batches_emitted() const noexcept { return batches_emitted_; }
  std::uint64_t records_emitted() const noexcept { return records_emitted_; }
  // For the runtime: how many records are a full batch for now.
  void set_goal(std::size_t records) noexcept {
    goal_ = std::clamp<std::size_t>(records, 1, records_max);
  }

 private:
  // Of flat records, which are all that they take, records_max is the measure.
  static constexpr bool flat = std::is_trivially_copyable_v<T>;
  std::size_t full() const noexcept {
    if constexpr (flat) return goal_;
    return std::clamp<std::size_t>(Batch::bytes_max / (record_bytes_ + 1), 1, goal_);
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
    batch_ = make_ref<RecordBatch<T>>(chained_records_max<T>);
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
  Ref<RecordBatch<T>> batch_;
  BufferRef backing_;
  std::uint64_t batches_emitted_ = 0, records_emitted_ = 0;
  std::size_t goal_ = records_max;
  std::size_t record_bytes_ = Batch::bytes_max / 16;  // each of the last batch; before that a guess
  std::size_t collected_bytes_ = 0;
};

}  // namespace flink
