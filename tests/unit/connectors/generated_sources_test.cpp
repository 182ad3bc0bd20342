// SPDX-License-Identifier: Apache-2.0
// Collections, sequences and generators: every record once, whatever dies on the way; rates.
#include <doctest/doctest.h>
#include <flink/connectors/collection_source.h>
#include <flink/connectors/data_generator_source.h>
#include <flink/connectors/sequence_source.h>

#include "base/random.h"
#include "unit/connectors/harness.h"

namespace flink::test {
namespace {

std::vector<std::int64_t> numbers(std::int64_t first, std::int64_t count) {
  std::vector<std::int64_t> all(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = first + static_cast<std::int64_t>(i);
  return all;
}

TEST_CASE("a sequence gives each number once, each subtask a contiguous part") {
  struct Row {
    std::int64_t first, last;
    int parallelism;
  };
  for (const Row& row :
       {Row{1, 10, 1}, Row{1, 10, 3}, Row{1, 2, 4}, Row{5, 4, 2}, Row{-3000, 3000, 2},
        Row{INT64_MAX - 4, INT64_MAX, 2}, Row{INT64_MIN, INT64_MIN + 1, 1}}) {
    CAPTURE(row.first);
    CAPTURE(row.last);
    FakeJob job;
    SourceJob<std::int64_t> source{job, SequenceSource{row.first, row.last}, row.parallelism};
    source.run();
    CHECK(source.records() == numbers(row.first, row.last - row.first + 1));
    CHECK(source.transformation.bounded);
    CHECK_FALSE(source.transformation.parallelism_fixed_to_one);
  }
  CHECK(contains(error_of([] { SequenceSource{2, 0}; }), "from_sequence(2, 0)"));
}

TEST_CASE("a restarted subtask reads its part again, the others go on") {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    CAPTURE(seed);
    base::SeededRandom random{seed};
    FakeJob job;
    const int parallelism = 1 + static_cast<int>(random.below(4));
    const auto last = static_cast<std::int64_t>(random.below(20'000));
    SourceJob<std::int64_t> source{job, SequenceSource{0, last}, parallelism};
    for (int turn = 0; turn < 30; ++turn) {
      const int subtask = static_cast<int>(random.below(static_cast<std::uint64_t>(parallelism)));
      if (random.below(4) == 0) {
        source.restart(subtask);
      } else {
        source.step(subtask);
      }
    }
    source.run();
    // Only the last attempt's records are kept: together they must be everything.
    CHECK(source.records() == numbers(0, last + 1));
  }
}

TEST_CASE("events of dead attempts and events before registration") {
  FakeJob job;
  FakeCoordinatorContext context{job, 1};
  Transformation transformation;
  detail::install_source(std::make_shared<const SequenceSource>(0, 9), transformation);
  const auto coordinator = transformation.make_coordinator();
  coordinator->start(context);
  coordinator->handle_event(0, 0, "r");  // overtakes its registration
  CHECK(job.to_subtask[0].empty());
  coordinator->subtask_ready(0, 0);
  CHECK(job.to_subtask[0].size() == 2);  // the split, and that there are no more
  coordinator->subtask_reset(0, 0, no_checkpoint);
  coordinator->handle_event(0, 0, "r");  // late
  coordinator->subtask_ready(0, 0);      // late
  CHECK(job.to_subtask[0].size() == 2);
  coordinator->handle_event(0, 1, "r");
  coordinator->subtask_ready(0, 1);
  CHECK(job.to_subtask[0].size() == 4);
  CHECK(contains(error_of([&] { coordinator->handle_event(0, 1, "?"); }), "unknown kind"));
}

TEST_CASE("a collection comes in order from one subtask") {
  FakeJob job;
  SourceJob<std::string> source{job, CollectionSource<std::string>{{"b", "a", "c"}}, 1};
  source.run();
  CHECK(source.records() == std::vector<std::string>{"b", "a", "c"});
  CHECK(source.transformation.parallelism_fixed_to_one);
}

struct Point {
  std::int64_t x = 0;
  std::string label;
};

TEST_CASE("a generator makes records of indexes") {
  FakeJob job;
  auto make = [](std::int64_t i) { return Point{i, std::to_string(i)}; };
  static_assert(std::is_same_v<decltype(DataGeneratorSource{make, 3}), DataGeneratorSource<Point>>);
  SourceJob<Point> source{job, DataGeneratorSource<Point>{make, 5000}, 3};
  source.run();
  const auto points = source.records();
  REQUIRE(points.size() == 5000);
  for (std::size_t i = 0; i < points.size(); ++i) {
    REQUIRE(points[i].x == static_cast<std::int64_t>(i));
    REQUIRE(points[i].label == std::to_string(i));
  }
}

TEST_CASE("a rate is kept over all subtasks, and a pause is caught up for a second at most") {
  FakeJob job;
  const auto rate = RateLimiterStrategy::per_second(1000);
  SourceJob<std::int64_t> source{
      job, DataGeneratorSource<std::int64_t>{[](std::int64_t i) { return i; }, 1'000'000, rate}, 2};
  const auto run_until = [&](base::TimePoint end) {
    while (job.clock.time < end) {
      base::TimePoint next = end;
      for (int subtask = 0; subtask < 2; ++subtask) {
        auto& task = source.tasks[static_cast<std::size_t>(subtask)];
        do {
          source.step(subtask);
        } while (task.status == InputStatus::more_available);
        next = std::min(next, task.context->wake_at);
      }
      REQUIRE(next > job.clock.time);
      job.clock.time = next;
    }
  };
  run_until({std::chrono::seconds{10}});
  CHECK(source.records().size() >= 9'990);
  CHECK(source.records().size() <= 10'002);
  const auto before = source.records().size();
  job.clock.time = {std::chrono::seconds{100}};
  run_until({std::chrono::seconds{101}});
  CHECK(source.records().size() - before <= 2'010);
  CHECK(source.records().size() - before >= 1'990);
  CHECK(contains(error_of([] { RateLimiterStrategy::per_second(0); }), "more than 0"));
}

// A user's own source: one record a call, timestamps, custom events.
struct CountdownReader final : SourceReader<int, int> {
  explicit CountdownReader(SourceReaderContext& c) : context(c) {}
  void start() override { context.send_source_event("hello"); }
  InputStatus poll_next(ReaderOutput<int>& output) override {
    if (left < 0) return InputStatus::nothing_available;
    if (left == 0) return InputStatus::end_of_input;
    if (left % 2 == 0) {
      output.collect(left, timestamp_of_millis(left));
    } else {
      output.collect(left);
    }
    --left;
    return InputStatus::more_available;
  }
  void add_splits(std::vector<int> splits) override { left = splits.at(0); }
  void notify_no_more_splits() override {}
  std::vector<int> snapshot_state(std::int64_t) override { return {left}; }
  SourceReaderContext& context;
  int left = -1;
};
struct GreetedEnumerator final : SplitEnumerator<int> {
  explicit GreetedEnumerator(SplitEnumeratorContext<int>& c) : context(c) {}
  void start() override {}
  void handle_split_request(int) override {}
  void add_splits_back(std::vector<int> splits, int) override { back += splits.size(); }
  std::vector<int> snapshot_state(std::int64_t) override { return {}; }
  void handle_source_event(int subtask, std::string_view event) override {
    REQUIRE(event == "hello");
    context.assign_split(static_cast<int>(5 + back), subtask);
  }
  SplitEnumeratorContext<int>& context;
  std::size_t back = 0;
};
struct Countdown final : Source<int, int> {
  Boundedness boundedness() const override { return Boundedness::continuous_unbounded; }
  std::unique_ptr<SplitEnumerator<int>> create_enumerator(
      SplitEnumeratorContext<int>& context) const override {
    return std::make_unique<GreetedEnumerator>(context);
  }
  std::unique_ptr<SourceReader<int, int>> create_reader(
      SourceReaderContext& context) const override {
    return std::make_unique<CountdownReader>(context);
  }
};

TEST_CASE("a source of one's own: custom events, timestamps, several records a poll") {
  FakeJob job;
  SourceJob<int> source{job, Countdown{}, 1};
  source.restart(0);
  source.step(0);
  CHECK(source.records() == std::vector<int>{5, 4, 3, 2, 1});
  const auto none = ReaderOutput<int>::no_timestamp;
  CHECK(source.tasks[0].output->timestamps == std::vector<std::int64_t>{none, 4, none, 2, none});
  source.restart(0);  // this time a split comes back
  source.step(0);
  CHECK(source.records().size() == 6);
  CHECK(source.tasks[0].source->snapshot(1).at("SourceReaderState").items.size() == 1);
  CHECK_FALSE(source.transformation.bounded);
}

}  // namespace
}  // namespace flink::test
