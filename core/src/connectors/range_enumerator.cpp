// SPDX-License-Identifier: Apache-2.0
// One contiguous range of indexes a subtask. A fixed assignment, not first come first served: a
// small input is spread the same way in every run.
#include <flink/connectors/indexed_source.h>
#include <flink/connectors/sequence_source.h>
#include <flink/error.h>

namespace flink {

SequenceSource::SequenceSource(std::int64_t first, std::int64_t last)
    : detail::IndexedSource<std::int64_t>(
          // All 2^64 numbers would wrap to none; nobody reads that far.
          {first, static_cast<std::uint64_t>(last) - static_cast<std::uint64_t>(first) + 1},
          [](RecordBatch<std::int64_t>& batch, std::int64_t from, std::size_t count) {
            detail::fill_batch(batch, from, count, [](std::int64_t i) { return i; });
          }) {
  if (first > last && first - 1 != last) {
    throw Error{ErrorKind::user, detail::concat("from_sequence(", first, ", ", last,
                                                "): the first number is greater than the last")};
  }
}

namespace detail {
namespace {

class RangeEnumerator final : public SplitEnumerator<IndexRange> {
 public:
  RangeEnumerator(SplitEnumeratorContext<IndexRange>& context, IndexRange whole)
      : context_(context),
        whole_(whole),
        pending_(static_cast<std::size_t>(context.current_parallelism())) {}

  void start() override {
    const auto parts = static_cast<std::uint64_t>(context_.current_parallelism());
    const std::uint64_t each = whole_.count / parts, longer = whole_.count % parts;
    auto first = static_cast<std::uint64_t>(whole_.first);
    for (std::uint64_t part = 0; part < parts; ++part) {
      const std::uint64_t count = each + (part < longer ? 1 : 0);
      if (count > 0) pending_[part].push_back({static_cast<std::int64_t>(first), count});
      first += count;
    }
  }
  void handle_split_request(int subtask) override {
    auto& ranges = pending_[static_cast<std::size_t>(subtask)];
    for (const IndexRange& range : std::exchange(ranges, {})) context_.assign_split(range, subtask);
    context_.signal_no_more_splits(subtask);
  }
  void add_splits_back(std::vector<IndexRange> splits, int subtask) override {
    // Of a checkpoint, perhaps of another parallelism: dealt out.
    for (std::size_t i = 0; i < splits.size(); ++i) {
      const std::size_t to = subtask < 0 ? i % pending_.size() : static_cast<std::size_t>(subtask);
      pending_[to].push_back(splits[i]);
    }
  }
  std::vector<IndexRange> snapshot_state(std::int64_t) override {
    std::vector<IndexRange> all;
    for (const auto& ranges : pending_) all.insert(all.end(), ranges.begin(), ranges.end());
    return all;
  }

 private:
  SplitEnumeratorContext<IndexRange>& context_;
  IndexRange whole_;
  std::vector<std::vector<IndexRange>> pending_;  // by subtask
};

}  // namespace

std::string range_name(const IndexRange& range) {
  const auto last = static_cast<std::uint64_t>(range.first) + range.count - 1;
  return concat(range.first, "-", static_cast<std::int64_t>(last));
}

std::unique_ptr<SplitEnumerator<IndexRange>> make_range_enumerator(
    SplitEnumeratorContext<IndexRange>& context, IndexRange whole) {
  return std::make_unique<RangeEnumerator>(context, whole);
}

template class SplitReaderOperator<IndexRange, std::vector<IndexRange>>;
template class SourceEnumeratorOf<IndexRange, std::vector<IndexRange>>;
template CoordinatorFactory source_coordinators(
    std::shared_ptr<const SplitSource<IndexRange>> source);
template class RestoredEnumerator<IndexRange, std::vector<IndexRange>>;

}  // namespace detail

template class SplitSource<IndexRange>;

}  // namespace flink
