// SPDX-License-Identifier: Apache-2.0
// Sources that keep at about one watermark: real readers and coordinators, time is a number.
#include <doctest/doctest.h>
#include <flink/connectors/data_generator_source.h>
#include <flink/watermark_strategy.h>

#include <algorithm>
#include <atomic>

#include "unit/connectors/harness.h"

namespace flink::test {
namespace {

using namespace std::chrono_literals;
using Strategy = WatermarkStrategy<std::int64_t>;

// The records are their timestamps: a source that gives n a second goes n ms of event time ahead.
Strategy by_record() {
  return Strategy::for_monotonous_timestamps().with_timestamp_assigner(
      [](const std::int64_t& at) { return at; });
}

// A poll gives 50 records.
struct SmallTurn final : detail::Turn {
  static inline const detail::Atomic<bool> never{false};
  SmallTurn() : Turn(never) {}
  void look_up() override {}
  std::size_t source_records() const override { return 50; }
  void source_emitted(std::size_t) override {}
};

struct Paced {
  FakeJob job;
  SmallTurn turn;
  std::optional<SourceJob<std::int64_t>> source;

  void open(std::map<const void*, std::int64_t>& group, const Strategy& strategy, double per_second,
            std::int64_t records, int parallelism = 1) {
    job.watermarks = &group;
    job.turn = &turn;
    job.options["pipeline.auto-watermark-interval"] = "10 ms";
    source.emplace(job,
                   DataGeneratorSource([](std::int64_t i) { return i; }, records,
                                       RateLimiterStrategy::per_second(per_second)),
                   parallelism, strategy.plan());
  }
  // Until each subtask has nothing to do for now.
  void run_at(base::Duration now) {
    job.clock.time = {now};
    for (int subtask = 0; subtask < static_cast<int>(source->tasks.size()); ++subtask) {
      auto& task = source->tasks[static_cast<std::size_t>(subtask)];
      do source->step(subtask);
      while (task.status == InputStatus::more_available);
    }
  }
  // One poll.
  void step_at(base::Duration now) {
    job.clock.time = {now};
    source->step(0);
  }
  bool ended() const {
    return std::ranges::all_of(source->tasks, [](const auto& task) { return task.ended(); });
  }
  std::int64_t at() const {
    std::int64_t furthest = -1;
    for (const auto& task : source->tasks) {
      if (!task.output->records.empty()) furthest = std::max(furthest, task.output->records.back());
    }
    return furthest;
  }
};

// How far the fast one gets ahead at most while the slow one goes on; both end.
std::int64_t drift(const Strategy& strategy) {
  std::map<const void*, std::int64_t> group;
  Paced fast, slow;
  slow.open(group, strategy, 1'000, 2'000);
  fast.open(group, strategy, 1e9, 60'000);  // 50 records in 5 ms
  std::int64_t most = 0;
  base::Duration now{0};
  while (!slow.ended() || !fast.ended()) {
    now += 5ms;
    REQUIRE(now < 60s);
    slow.run_at(now);
    fast.step_at(now);
    if (!slow.ended()) most = std::max(most, fast.at() - slow.at());
  }
  CHECK(slow.source->records().size() == 2'000);
  CHECK(fast.source->records().size() == 60'000);
  return most;
}

TEST_CASE("a fast source waits for a slow one of its group: the drift is bounded") {
  const auto apart = drift(by_record());
  const auto together = drift(by_record().with_watermark_alignment("g", 500ms, 20ms));
  const auto close = drift(by_record().with_watermark_alignment("g", 0ms, 20ms));
  MESSAGE("drift in ms of event time: unaligned " << apart << ", at most 500 allowed " << together
                                                  << ", none allowed " << close);
  CHECK(apart > 15'000);
  // What it reads until its own next watermark, 100 ms in 10 ms, comes on top.
  CHECK(together >= 500);
  CHECK(together <= 500 + 2 * 100);
  CHECK(close <= 2 * 100);
}

TEST_CASE("the last one of a group is not held up by how seldom it says where it is") {
  std::map<const void*, std::int64_t> group;
  Paced alone;
  alone.open(group, by_record().with_watermark_alignment("g", 100ms, 1h), 20'000, 100'000);
  for (base::Duration now{0}; now <= 2s; now += 5ms) alone.run_at(now);
  CHECK(alone.at() >= 30'000);
}

TEST_CASE("who is idle, or has failed, holds nobody back; one that goes on does") {
  const auto strategy = by_record().with_watermark_alignment("g", 100ms, 20ms);
  std::map<const void*, std::int64_t> group;
  Paced fast, quiet;
  quiet.open(group, strategy.with_idleness(500ms), 0.001, 10);  // one record, then none for long
  fast.open(group, strategy, 1'000, 100'000);
  auto run_until = [&, now = base::Duration{0}](base::Duration until) mutable {
    for (; now < until; now += 5ms) {
      quiet.run_at(now);
      fast.run_at(now);
    }
  };
  run_until(400ms);
  CHECK(fast.at() < 150);
  // Paused sources take checkpoints.
  CHECK(fast.source->tasks[0].source->snapshot(1).at("SourceReaderState").items.size() == 1);
  run_until(2s);
  CHECK(fast.at() > 900);
  // Its successor begins at the beginning.
  fast.source->restart(0);
  run_until(3s);
  CHECK(fast.at() > 500);
}

TEST_CASE("subtasks: the source is where its last one is") {
  std::map<const void*, std::int64_t> group;
  Paced two;  // [0, 1000) and [1000, 2000)
  two.open(group, by_record().with_watermark_alignment("g", 100ms, 20ms), 2'000, 2'000, 2);
  for (base::Duration now{0}; now < 500ms; now += 5ms) two.run_at(now);
  CHECK(two.source->tasks[0].output->records.size() > 400);
  CHECK(two.source->tasks[1].output->records.size() < 100);  // it waits for the other
  for (base::Duration now = 500ms; !two.ended(); now += 5ms) {
    REQUIRE(now < 10s);
    two.run_at(now);
  }
  CHECK(two.source->records().size() == 2'000);
}

// One subtask with splits that it restores.
template <class T, class S, class SplitT>
std::vector<T> read_restored(FakeJob& job, const S& source, const WatermarkStrategy<T>& strategy,
                             const std::vector<SplitT>& splits) {
  Transformation transformation;
  detail::install_source(std::make_shared<const S>(source), transformation);
  detail::add_watermarks(transformation, strategy.plan());
  FakeCoordinatorContext jobmanager{job, 1};
  const auto coordinator = transformation.make_coordinator();
  coordinator->start(jobmanager);
  CollectOutput<T, T> output;
  FakeOperatorContext context{job, output, 0, 1, 0};
  context.restored[reader_state_name] = detail::item_list(splits);
  const auto reader = transformation.make_source();
  reader->open(context);
  coordinator->subtask_ready(0, 0);
  for (InputStatus status{}; status != InputStatus::end_of_input;) {
    job.clock.time = {job.clock.time.since_origin + 5ms};
    REQUIRE(job.clock.time.since_origin < 60s);
    for (const auto& [subtask, attempt, event] : std::exchange(job.to_coordinator, {})) {
      coordinator->handle_event(subtask, attempt, event);
    }
    for (const auto& event : std::exchange(job.to_subtask[0], {})) {
      reader->handle_coordinator_event(event);
    }
    status = reader->poll();
  }
  reader->close();
  return output.records;
}

TEST_CASE("splits of one reader: one that is too far ahead waits for the others") {
  FakeJob job;
  job.options["pipeline.auto-watermark-interval"] = "10 ms";
  const auto source = DataGeneratorSource([](std::int64_t i) { return i; }, 0,
                                          RateLimiterStrategy::per_second(1'000));
  constexpr std::int64_t ahead = 10'000;
  const std::vector<IndexRange> ranges{{0, 1'000}, {ahead, 1'000}};
  // How many of the range that is ahead come before the other one's last.
  const auto too_early = [&](const Strategy& strategy) {
    const auto records = read_restored(job, source, strategy, ranges);
    CHECK(records.size() == 2'000);
    const auto last = std::find_if(records.rbegin(), records.rend(),
                                   [](std::int64_t record) { return record < ahead; });
    return std::count_if(last, records.rend(), [](std::int64_t record) { return record >= ahead; });
  };
  CHECK(too_early(by_record()) >= 998);  // they take turns
  const auto aligned = too_early(by_record().with_watermark_alignment("g", 100ms, 20ms));
  CHECK(aligned > 0);
  CHECK(aligned < 100);
}

// Reads its splits, which are numbers of records, one after another; cannot pause one.
struct Stubborn final : Source<std::int64_t, std::int64_t> {
  struct Reader final : SourceReader<std::int64_t, std::int64_t> {
    std::vector<std::int64_t> splits;
    std::int64_t next = 0;
    void start() override {}
    void add_splits(std::vector<std::int64_t> more) override { splits = std::move(more); }
    void notify_no_more_splits() override {}
    std::vector<std::int64_t> snapshot_state(std::int64_t) override { return splits; }
    InputStatus poll_next(ReaderOutput<std::int64_t>& output) override {
      for (const auto split : splits) output.create_output_for_split(std::to_string(split));
      if (splits.empty()) return InputStatus::end_of_input;
      const auto split = splits.front();
      auto& records = output.create_output_for_split(std::to_string(split));
      records.collect(next++);
      records.flush();
      if (next < split) return InputStatus::nothing_available;
      next = 0;
      splits.erase(splits.begin());
      output.release_output_for_split(std::to_string(split));
      return InputStatus::nothing_available;
    }
  };
  struct Nothing final : SplitEnumerator<std::int64_t> {
    void start() override {}
    void handle_split_request(int) override {}
    void add_splits_back(std::vector<std::int64_t>, int) override {}
    std::vector<std::int64_t> snapshot_state(std::int64_t) override { return {}; }
  };
  Boundedness boundedness() const override { return Boundedness::bounded; }
  std::unique_ptr<SplitEnumerator<std::int64_t>> create_enumerator(
      SplitEnumeratorContext<std::int64_t>&) const override {
    return std::make_unique<Nothing>();
  }
  std::unique_ptr<SourceReader<std::int64_t, std::int64_t>> create_reader(
      SourceReaderContext&) const override {
    return std::make_unique<Reader>();
  }
};

TEST_CASE("a reader that cannot pause a split says so, unless splits may go apart") {
  FakeJob job;
  job.options["pipeline.auto-watermark-interval"] = "10 ms";
  const auto read = [&] {
    return read_restored(job, Stubborn{}, by_record().with_watermark_alignment("g", 100ms, 20ms),
                         std::vector<std::int64_t>{500, 300});
  };
  CHECK(contains(error_of(read), "does not override pause_or_resume_splits()"));
  job.options["pipeline.watermark-alignment.allow-unaligned-source-splits"] = "true";
  job.to_coordinator.clear();
  CHECK(read().size() == 800);
}

TEST_CASE("alignments that make no sense") {
  const auto aligned = [](std::string group, std::chrono::milliseconds drift,
                          std::chrono::milliseconds interval) {
    return error_of([&] { by_record().with_watermark_alignment(group, drift, interval); });
  };
  CHECK(aligned("g", 0ms, 1ms).empty());
  CHECK(contains(aligned("", 1s, 1s), "the group must have a name"));
  CHECK(contains(aligned("g", -1ms, 1s), "\"g\", -1 ms, 1000 ms"));
  CHECK(contains(aligned("g", 1s, 0ms), "the interval must be greater than zero"));
  CHECK(contains(error_of([] {
                   detail::watermarks_operator(
                       by_record().with_watermark_alignment("g", 1s).plan());
                 }),
                 "give the strategy to from_source()"));
}

}  // namespace
}  // namespace flink::test
