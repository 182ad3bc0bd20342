// SPDX-License-Identifier: Apache-2.0
// A bounded source of records that an index makes: the common half of collections, sequences and
// generators. Each subtask reads one contiguous range of indexes, whole batches at a time; the loop
// over them is compiled where the function that makes a record is known.
#pragma once

#include <flink/base/algorithm.h>
#include <flink/base/functional.h>
#include <flink/connectors/rate_limiter.h>
#include <flink/endpoints/source_runtime.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace flink {

// The indexes [first, first + count).
struct IndexRange {
  std::int64_t first = 0;
  std::uint64_t count = 0;
};
extern template class SplitSource<IndexRange>;

namespace detail {

// "first-last".
std::string range_name(const IndexRange& range);
// Gives subtask i the i-th of `parallelism` near-equal ranges.
std::unique_ptr<SplitEnumerator<IndexRange>> make_range_enumerator(
    SplitEnumeratorContext<IndexRange>& context, IndexRange whole);

extern template class SplitReaderOperator<IndexRange, std::vector<IndexRange>>;
extern template class SourceEnumeratorOf<IndexRange, std::vector<IndexRange>>;
extern template CoordinatorFactory source_coordinators(
    std::shared_ptr<const SplitSource<IndexRange>> source);
extern template class RestoredEnumerator<IndexRange, std::vector<IndexRange>>;

// Appends records first .. first + count to the batch.
template <class T>
using FillBatch = std::function<void(RecordBatch<T>& batch, std::int64_t first, std::size_t count)>;

template <class T>
class IndexedReader final : public SourceReader<T, IndexRange> {
 public:
  IndexedReader(SourceReaderContext& context, const FillBatch<T>& fill,
                const RateLimiterStrategy& rate)
      : context_(context), fill_(fill), limiter_(rate, context.runtime().parallelism()) {}

  void start() override { context_.send_split_request(); }
  void add_splits(std::vector<IndexRange> splits) override {
    for (const IndexRange& range : splits) {
      if (range.count > 0) parts_.push_back({range, range_name(range)});
    }
    outputs_made_ = false;
  }
  void notify_no_more_splits() override { no_more_ = true; }
  void pause_or_resume_splits(const std::vector<std::string>& pause,
                              const std::vector<std::string>& resume) override {
    for (Part& part : parts_) {
      if (contains(pause, part.name)) part.paused = true;
      if (contains(resume, part.name)) part.paused = false;
    }
  }
  std::vector<IndexRange> snapshot_state(std::int64_t) override {
    std::vector<IndexRange> left;
    for (const Part& part : parts_) left.push_back(part.left);
    return left;
  }

  InputStatus poll_next(ReaderOutput<T>& output) override {
    if (!std::exchange(outputs_made_, true)) {
      for (Part& part : parts_) part.output = &output.create_output_for_split(part.name);
    }
    if (parts_.empty())
      return no_more_ ? InputStatus::end_of_input : InputStatus::nothing_available;
    const std::size_t next = next_part();
    if (next == parts_.size()) return InputStatus::nothing_available;
    Part& part = parts_[next];
    IndexRange& range = part.left;
    std::uint64_t count = std::min<std::uint64_t>(part.output->room(), range.count);
    if (limiter_.limited()) {
      const auto now = context_.now();
      count = static_cast<std::uint64_t>(limiter_.take(now, static_cast<std::int64_t>(count)));
      if (count == 0) {
        context_.wake_after(limiter_.wait(now));
        return InputStatus::nothing_available;
      }
    }
    fill_(part.output->batch(), range.first, count);
    range.first = static_cast<std::int64_t>(static_cast<std::uint64_t>(range.first) + count);
    range.count -= count;
    turn_ = next + 1;
    if (range.count == 0) {
      output.release_output_for_split(part.name);
      parts_.erase(parts_.begin() + static_cast<std::ptrdiff_t>(next));
      turn_ = next;
    }
    return parts_.empty() && no_more_ ? InputStatus::end_of_input : InputStatus::more_available;
  }

 private:
  struct Part {
    IndexRange left;
    std::string name;
    ReaderOutput<T>* output = nullptr;
    bool paused = false;
  };
  // Ranges that are not paused take turns, so that none stays behind and holds the watermark.
  std::size_t next_part() const {
    for (std::size_t i = 0; i < parts_.size(); ++i) {
      const std::size_t part = (turn_ + i) % parts_.size();
      if (!parts_[part].paused) return part;
    }
    return parts_.size();
  }

  SourceReaderContext& context_;
  const FillBatch<T>& fill_;  // the source's, which outlives its readers
  RateLimiter limiter_;
  std::vector<Part> parts_;
  std::size_t turn_ = 0;  // the part that is read next
  bool outputs_made_ = false;
  bool no_more_ = false;
};

template <class T>
class IndexedSource : public Source<T, IndexRange> {
 public:
  Boundedness boundedness() const override { return Boundedness::bounded; }
  std::unique_ptr<SplitEnumerator<IndexRange>> create_enumerator(
      SplitEnumeratorContext<IndexRange>& context) const override {
    return make_range_enumerator(context, whole_);
  }
  std::unique_ptr<SourceReader<T, IndexRange>> create_reader(
      SourceReaderContext& context) const override {
    return std::make_unique<IndexedReader<T>>(context, fill_, rate_);
  }

 protected:
  IndexedSource(IndexRange whole, FillBatch<T> fill,
                RateLimiterStrategy rate = RateLimiterStrategy::no_op())
      : whole_(whole), fill_(std::move(fill)), rate_(rate) {}

 private:
  IndexRange whole_;
  FillBatch<T> fill_;
  RateLimiterStrategy rate_;
};

// Appends make(first), make(first + 1), …
template <class T, class Make>
inline void fill_batch(RecordBatch<T>& batch, std::int64_t first, std::size_t count,
                       const Make& make) {
  if constexpr (std::is_trivially_copyable_v<T>) {
    batch.reserve(batch.size() + count);
    T* out = batch.data() + batch.size();
    for (std::size_t i = 0; i < count; ++i) {
      ::new (static_cast<void*>(out + i)) T(make(first + static_cast<std::int64_t>(i)));
    }
    batch.set_size(batch.size() + count);
  } else {
    for (std::size_t i = 0; i < count; ++i) {
      batch.emplace(make(first + static_cast<std::int64_t>(i)));
    }
  }
}

}  // namespace detail
}  // namespace flink
