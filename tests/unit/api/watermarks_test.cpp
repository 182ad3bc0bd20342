// SPDX-License-Identifier: Apache-2.0
// Timestamps and watermarks: the strategies through assign_timestamps_and_watermarks(), and a
// source under a strategy.
#include <doctest/doctest.h>
#include <flink/environment.h>
#include <flink/error.h>
#include <flink/graph/transformation.h>
#include <flink/testing.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "base/clock.h"
#include "unit/operators/played_task.h"

using namespace flink;
using namespace std::chrono_literals;
using flink::testing::Harness;
using Task = flink::test::PlayedTask;

namespace {

struct Reading {
  std::string sensor;
  std::int64_t at = 0;
  friend bool operator==(const Reading&, const Reading&) = default;
};
using Strategy = WatermarkStrategy<Reading>;
using Marks = std::vector<Timestamp>;

Timestamp ms(std::int64_t millis) { return timestamp_of_millis(millis); }

Harness<Reading, Reading> harness_of(Strategy strategy) {
  return Harness<Reading, Reading>{
      [strategy](DataStream<Reading> in) { return in.assign_timestamps_and_watermarks(strategy); }};
}

// Says a watermark for each record whose sensor is "mark".
struct Punctuated {
  void on_event(const Reading& r, Timestamp at, WatermarkOutput& out) {
    last = std::max(last, at);
    if (r.sensor == "mark") out.emit_watermark(at);
    if (r.sensor == "rest") out.mark_idle();
  }
  void on_periodic_emit(WatermarkOutput& out) { out.emit_watermark(last); }
  Timestamp last = min_timestamp;
};

struct Seen {
  std::int64_t at = 0, watermark = 0;
  friend bool operator==(const Seen&, const Seen&) = default;
};
struct See {
  void process_element(const Reading&, ProcessContext& ctx, Collector<Seen>& out) {
    out.collect({ctx.timestamp() ? ctx.timestamp()->time_since_epoch().count() : -1,
                 ctx.current_watermark().time_since_epoch().count()});
  }
};

}  // namespace

TEST_CASE("bounded out of orderness: the greatest timestamp, less the delay and a millisecond") {
  auto harness =
      harness_of(Strategy::for_bounded_out_of_orderness(5s).with_timestamp_assigner(&Reading::at));
  harness.set_processing_time(ms(0));
  harness.push({"a", 10'000});
  harness.push({"a", 7'000});
  CHECK(harness.watermarks().empty());  // not before the interval has passed
  harness.set_processing_time(ms(200));
  CHECK(harness.watermarks() == Marks{ms(4'999)});
  harness.set_processing_time(ms(400));
  CHECK(harness.watermarks() == Marks{ms(4'999)});
  harness.push({"a", 12'000});
  harness.set_processing_time(ms(600));
  CHECK(harness.watermarks() == Marks{ms(4'999), ms(6'999)});
  harness.push_watermark(ms(50'000));  // of the stream before: it counts no longer
  CHECK(harness.watermarks().size() == 2);
  harness.finish();
  CHECK(harness.watermarks().back() == max_timestamp);
}

TEST_CASE("monotonous timestamps, at the ends of time too") {
  auto harness =
      harness_of(Strategy::for_monotonous_timestamps().with_timestamp_assigner(&Reading::at));
  harness.set_processing_time(ms(200));
  CHECK(harness.watermarks().empty());  // nothing has come
  harness.push({"a", INT64_MIN});
  harness.set_processing_time(ms(400));
  CHECK(harness.watermarks().empty());
  harness.push({"a", INT64_MAX});
  harness.set_processing_time(ms(600));
  CHECK(harness.watermarks() == Marks{ms(INT64_MAX - 1)});
}

TEST_CASE("a hand-written generator cuts the batch where it says a watermark") {
  const unsigned seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937_64 random{seed};
  for (const bool made : {false, true}) {
    const auto strategy = (made ? Strategy::for_generator([] { return Punctuated{}; })
                                : Strategy::for_generator(Punctuated{}))
                              .with_timestamp_assigner([](const Reading& r) { return ms(r.at); });
    Harness<Reading, Seen> harness{[strategy](DataStream<Reading> in) {
      return in.assign_timestamps_and_watermarks(strategy).process(See{});
    }};
    std::vector<Reading> input;
    std::vector<Seen> expected;
    std::int64_t greatest = INT64_MIN;
    for (int i = 0; i < 300; ++i) {
      const auto at = static_cast<std::int64_t>(1 + random() % 1000);
      const bool mark = random() % 4 == 0;
      input.push_back({mark ? "mark" : "a", at});
      expected.push_back({at, greatest});
      if (mark) greatest = std::max(greatest, at);
    }
    harness.push_all(input);
    CHECK(harness.output() == expected);
    // Asked periodically as well.
    harness.set_processing_time(ms(200));
    harness.push({"a", 1});
    const auto last = std::max_element(input.begin(), input.end(), [](auto& a, auto& b) {
                        return a.at < b.at;
                      })->at;
    CHECK(harness.output().back() == Seen{1, last});
  }
}

TEST_CASE("assigners: fields, functions, the timestamp before") {
  const auto time_under = [](Strategy strategy) {
    Harness<Reading, Seen> harness{[strategy](DataStream<Reading> in) {
      return in.assign_timestamps_and_watermarks(strategy).process(See{});
    }};
    harness.push({"a", 3}, ms(17));
    return harness.output().at(0).at;
  };
  const auto none = Strategy::no_watermarks();
  CHECK(time_under(none) == 17);
  CHECK(time_under(none.with_timestamp_assigner(&Reading::at)) == 3);
  CHECK(time_under(none.with_timestamp_assigner([](const Reading& r) {
          return std::chrono::sys_time<std::chrono::seconds>{std::chrono::seconds{r.at}};
        })) == 3000);
  CHECK(time_under(none.with_timestamp_assigner([](const Reading& r) {
          return std::chrono::sys_time<std::chrono::microseconds>{-std::chrono::microseconds{r.at}};
        })) == -1);
  CHECK(time_under(none.with_timestamp_assigner(
            [](const Reading&, Timestamp before) { return before + 1ms; })) == 18);
}

TEST_CASE("a strategy without timestamps says what is missing") {
  auto harness = harness_of(Strategy::for_monotonous_timestamps());
  CHECK_THROWS_WITH_AS(
      harness.push({"a", 1}),
      "\"Timestamps/Watermarks\" is to make watermarks, but its records have no "
      "timestamps: say where they are with .with_timestamp_assigner(&Record::field) "
      "on the WatermarkStrategy",
      Error);
  CHECK_THROWS_AS(Strategy::for_bounded_out_of_orderness(-1s), Error);
  CHECK_THROWS_AS(Strategy::no_watermarks().with_idleness(0s), Error);
}

TEST_CASE("idleness: a quiet input holds nothing back until it speaks again") {
  using flink::testing::TwoInputHarness;
  TwoInputHarness<Reading, Reading, Seen> harness{[](DataStream<Reading> a, DataStream<Reading> b) {
    const auto strategy =
        Strategy::for_monotonous_timestamps().with_timestamp_assigner(&Reading::at);
    return a.assign_timestamps_and_watermarks(strategy)
        .union_with(b.assign_timestamps_and_watermarks(strategy.with_idleness(1s)))
        .process(See{});
  }};
  const auto watermark = [&harness] {
    return harness.watermarks().empty() ? -1
                                        : harness.watermarks().back().time_since_epoch().count();
  };
  harness.push2({"b", 10});
  harness.push1({"a", 100});
  harness.set_processing_time(ms(200));
  CHECK(watermark() == 9);
  harness.set_processing_time(ms(1'200));  // nothing new since 400, first seen then
  CHECK(watermark() == 9);
  harness.set_processing_time(ms(1'400));
  CHECK(watermark() == 99);
  harness.push2({"b", 50});
  harness.push1({"a", 200});
  harness.set_processing_time(ms(1'600));
  CHECK(watermark() == 99);  // b is back, behind: never back
  harness.push2({"b", 150});
  harness.set_processing_time(ms(1'800));
  CHECK(watermark() == 149);
}

TEST_CASE("idleness: a time that no clock reaches never ends") {
  using flink::testing::TwoInputHarness;
  using std::chrono::milliseconds;
  for (const auto forever : {milliseconds::max(), milliseconds{INT64_MAX / 1'000'000 + 1}}) {
    TwoInputHarness<Reading, Reading, Seen> harness{
        [forever](DataStream<Reading> a, DataStream<Reading> b) {
          const auto strategy =
              Strategy::for_monotonous_timestamps().with_timestamp_assigner(&Reading::at);
          return a.assign_timestamps_and_watermarks(strategy)
              .union_with(b.assign_timestamps_and_watermarks(strategy.with_idleness(forever)))
              .process(See{});
        }};
    harness.push2({"b", 10});
    harness.push1({"a", 100});
    for (const int at : {200, 400, 600, 800}) harness.set_processing_time(ms(at));
    CHECK(harness.watermarks().back() == ms(9));
  }
}

// ---- at a source: the task is played by hand

namespace {

// Gives what the test puts in; asks to be woken in 20 ms when there is nothing.
struct Readings final : SourceOperator {
  std::vector<Reading>* waiting;
  OperatorContext* context = nullptr;
  explicit Readings(std::vector<Reading>& w) : waiting(&w) {}
  void open(OperatorContext& c) override { context = &c; }
  void handle_coordinator_event(std::string_view) override {}
  InputStatus poll() override {
    if (waiting->empty()) {
      context->wake_after(20ms);
      return InputStatus::nothing_available;
    }
    auto batch = make_ref<RecordBatch<Reading>>(waiting->size());
    for (auto& r : *waiting) batch->emplace(r);
    waiting->clear();
    BatchRef erased{batch.release()};
    context->output().emit(erased);
    return InputStatus::more_available;
  }
  OperatorSnapshot snapshot(std::int64_t id) override {
    return {{"checkpoint " + std::to_string(id), {}}};
  }
  void close() noexcept override {}
};

}  // namespace

TEST_CASE("a source under a strategy: stamped, watermarks by its own time, woken for both") {
  std::vector<Reading> waiting;
  Transformation t;
  t.make_source = [&waiting] { return std::make_unique<Readings>(waiting); };
  flink::detail::add_watermarks(t, Strategy::for_bounded_out_of_orderness(10ms)
                                       .with_timestamp_assigner(&Reading::at)
                                       .with_idleness(100ms)
                                       .plan());
  Task task;
  const auto source = t.make_source();
  source->open(task);
  const auto poll_at = [&](std::chrono::milliseconds at) {
    task.time.at = at;
    task.said.clear();
    task.wake.reset();
    return source->poll();
  };
  using Said = std::vector<std::string>;
  CHECK(poll_at(0ms) == InputStatus::nothing_available);
  CHECK(task.wake == 20ms);  // its own wish
  waiting = {{"a", 100}, {"a", 90}};
  CHECK(poll_at(10ms) == InputStatus::more_available);
  CHECK(task.said == Said{"record 100", "record 90"});
  poll_at(40ms);
  CHECK(task.wake == 10ms);  // the interval's end comes first
  CHECK(poll_at(50ms) == InputStatus::nothing_available);
  CHECK(task.said == Said{"watermark 89"});
  CHECK(task.wake == 20ms);
  poll_at(100ms);
  poll_at(150ms);
  CHECK(task.said.empty());
  poll_at(200ms);
  CHECK(task.said == Said{"idle"});
  waiting = {{"a", 300}};
  poll_at(210ms);
  CHECK(task.said == Said{"active", "record 300"});
  poll_at(250ms);
  CHECK(task.said == Said{"watermark 289"});
  CHECK(source->snapshot(7).contains("checkpoint 7"));
  source->close();
}

TEST_CASE(
    "two strategies at one source: each has its own timestamps, and the source full batches") {
  // The batch goes to an exchange that still holds it, then through this strategy.
  struct Second final : Output {
    Task task;
    flink::detail::WatermarkDriver driver;
    std::unique_ptr<flink::detail::RecordWatermarks> watermarks =
        Strategy::no_watermarks().with_timestamp_assigner(&Reading::at).plan().make();
    BatchRef held;
    Second() { driver.open(task, task, std::nullopt); }
    void emit(BatchRef& batch) override {
      held = batch;
      watermarks->emit(batch, driver);
    }
    void emit_watermark(Timestamp) override {}
    void emit_idle(bool) override {}
  } second;
  ReaderOutput<Reading> source{second};
  for (int i = 0; i < 5; ++i) {
    source.collect({"a", i});
    source.flush();
    CHECK(second.task.said.back() == "record " + std::to_string(i));
    CHECK(!second.held->stamped());
    source.set_goal(source.records_max);
    CHECK(source.batch().capacity() >= source.records_max);
    CHECK(source.room() <= source.batch().capacity());
  }
}
