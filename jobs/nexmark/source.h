// SPDX-License-Identifier: Apache-2.0
// NexmarkSource: the generator as a source. Subtask i of p makes the blocks i, i + p, i + 2p … of
// 1000 events each, so that event time goes on alike in all of them, and all together make the same
// events whatever p is. `make` turns an event into a record:
//
//   [](const BidEvent& bid) { return Row{bid.auction(), bid.price()}; }
//
// Of events of a kind that it does not take nothing is made. Records have their event's time.
#pragma once

#include <flink/flink.h>

#include <algorithm>
#include <array>
#include <deque>

#include "generator.h"

namespace nexmark {

inline constexpr std::int64_t block_size = 1000;

// A split: the blocks number / block_size, + lanes, + 2 lanes …, from event `next` on.
struct Lane {
  std::int64_t next = 0;
  std::int64_t lanes = 1;
  std::int64_t index() const { return next / block_size % lanes; }
};

class LaneEnumerator final : public flink::SplitEnumerator<Lane> {
 public:
  explicit LaneEnumerator(flink::SplitEnumeratorContext<Lane>& context) : context_(context) {}
  void start() override {
    const std::int64_t lanes = context_.current_parallelism();
    for (std::int64_t i = 0; i < lanes; ++i) lanes_.push_back({i * block_size, lanes});
  }
  // All at once: a lane that is read after another one would hold event time back.
  void handle_split_request(int subtask) override {
    std::erase_if(lanes_, [&](const Lane& lane) {
      if (lane.index() % context_.current_parallelism() != subtask) return false;
      context_.assign_split(lane, subtask);
      return true;
    });
    context_.signal_no_more_splits(subtask);
  }
  void add_splits_back(std::vector<Lane> lanes, int) override {
    lanes_.insert(lanes_.end(), lanes.begin(), lanes.end());
  }
  std::vector<Lane> snapshot_state(std::int64_t) override { return {lanes_.begin(), lanes_.end()}; }

 private:
  flink::SplitEnumeratorContext<Lane>& context_;
  std::deque<Lane> lanes_;
};

// What `make` makes of whichever kinds it takes.
template <class Make>
struct RecordOf {
  template <class Event>
  static auto of() {
    if constexpr (std::is_invocable_v<const Make&, const Event&>) {
      return std::type_identity<std::decay_t<std::invoke_result_t<const Make&, const Event&>>>{};
    } else {
      return std::type_identity<void>{};
    }
  }
  template <class... Types>
  static auto first(std::type_identity<void>, Types... types) {
    return first(types...);
  }
  template <class T, class... Types>
  static auto first(std::type_identity<T>, Types...) {
    return std::type_identity<T>{};
  }
  using Type =
      typename decltype(first(of<BidEvent>(), of<AuctionEvent>(), of<PersonEvent>()))::type;
};

template <class Make>
class LaneReader final : public flink::SourceReader<typename RecordOf<Make>::Type, Lane> {
 public:
  using Record = typename RecordOf<Make>::Type;

  LaneReader(flink::SourceReaderContext& context, const Config& config, const Make& make)
      : context_(context), config_(config), make_(make), texts_(Texts::get()) {}

  void start() override { context_.send_split_request(); }
  void add_splits(std::vector<Lane> lanes) override {
    lanes_.insert(lanes_.end(), lanes.begin(), lanes.end());
  }
  void notify_no_more_splits() override { no_more_ = true; }
  std::vector<Lane> snapshot_state(std::int64_t) override { return {lanes_.begin(), lanes_.end()}; }

  // A batch of the lane that is behind.
  flink::InputStatus poll_next(flink::ReaderOutput<Record>& output) override {
    using flink::InputStatus;
    if (lanes_.empty())
      return no_more_ ? InputStatus::end_of_input : InputStatus::nothing_available;
    const auto lane = std::ranges::min_element(lanes_, {}, &Lane::next);
    const auto name = std::to_string(lane->index()) + " of " + std::to_string(lane->lanes);
    auto& split = output.create_output_for_split(name);
    const auto room = static_cast<std::int64_t>(split.room());
    const std::int64_t block_end = (lane->next / block_size + 1) * block_size;
    const std::int64_t end = std::min({lane->next + room, block_end, config_.events});
    if (lane->next < end) fill(split.batch(), lane->next, end);
    lane->next = end < block_end ? end : end + (lane->lanes - 1) * block_size;
    if (lane->next >= config_.events) {
      output.release_output_for_split(name);
      lanes_.erase(lane);
    }
    return lanes_.empty() && no_more_ ? InputStatus::end_of_input : InputStatus::more_available;
  }

 private:
  void fill(flink::RecordBatch<Record>& batch, std::int64_t first, std::int64_t last) const {
    const std::size_t before = batch.size();
    batch.reserve(before + static_cast<std::size_t>(last - first));
    Record* const begin = batch.data() + before;
    Record* out = begin;
    std::array<std::int64_t, block_size> millis;
    for_each_event(config_, texts_, first, last, Visit{make_, out, millis.data()});
    const auto made = static_cast<std::size_t>(out - begin);
    batch.set_size(before + made);
    std::copy_n(millis.begin(), made,
                batch.stamp_all().begin() + static_cast<std::ptrdiff_t>(before));
  }
  // Takes the kinds that make_ takes.
  struct Visit {
    const Make& make;
    Record*& out;
    std::int64_t* millis;
    template <class Event>
    requires std::is_invocable_v<const Make&, const Event&>
    void operator()(const Event& event) {
      ::new (static_cast<void*>(out++)) Record(make(event));
      *millis++ = event.date_time();
    }
  };

  flink::SourceReaderContext& context_;
  const Config& config_;
  const Make& make_;  // both the source's, which outlives its readers
  const Texts& texts_;
  std::deque<Lane> lanes_;
  bool no_more_ = false;
};

template <class Make>
class NexmarkSource final : public flink::Source<typename RecordOf<Make>::Type, Lane> {
 public:
  using Record = typename RecordOf<Make>::Type;

  NexmarkSource(const Config& config, Make make) : config_(config), make_(std::move(make)) {}
  flink::Boundedness boundedness() const override { return flink::Boundedness::bounded; }
  std::unique_ptr<flink::SplitEnumerator<Lane>> create_enumerator(
      flink::SplitEnumeratorContext<Lane>& context) const override {
    return std::make_unique<LaneEnumerator>(context);
  }
  std::unique_ptr<flink::SourceReader<Record, Lane>> create_reader(
      flink::SourceReaderContext& context) const override {
    return std::make_unique<LaneReader<Make>>(context, config_, make_);
  }

 private:
  Config config_;
  Make make_;
};

}  // namespace nexmark
