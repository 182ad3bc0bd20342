// SPDX-License-Identifier: Apache-2.0
// One keyed function with every kind of state and with timers, for tests that kill its processes.
// Its output and final state depend on nothing but its arguments: all records of a key come from
// one split, in order, and a timer's bucket is complete before its time.
//   every_state -- --keys K --records N [--rate R] [--linger true] --output DIR
// --linger: it goes on without records until it is stopped.
#include <flink/flink.h>

#include <chrono>

using namespace flink;
using namespace std::chrono_literals;

struct Reading {
  std::uint64_t key = 0;
  std::int64_t value = 0;
  std::int64_t at = 0;  // milliseconds of event time
};

struct Seen {
  std::uint64_t key = 0;
  std::string what;
  std::int64_t count = 0, sum = 0, kinds = 0, recent = 0;
  double mean = 0;
};

// The next version of the job: this struct has one more field, an operator has come, one has gone.
#ifndef FLINK_TEST_VERSION
#define FLINK_TEST_VERSION 1
#endif

struct Mean {
  struct Accumulator {
    std::int64_t sum = 0, count = 0;
#if FLINK_TEST_VERSION > 1
    std::int64_t added = 7;
#endif
  };
  Accumulator create_accumulator() const { return {}; }
  void add(const std::int64_t& value, Accumulator& into) const {
    into.sum += value;
    ++into.count;
  }
  double get_result(const Accumulator& of) const {
    return of.count == 0 ? 0 : static_cast<double>(of.sum) / static_cast<double>(of.count);
  }
  void merge(const Accumulator& from, Accumulator& into) const {
    into.sum += from.sum;
    into.count += from.count;
  }
};

struct EveryState {
  ValueState<std::int64_t> count{"count"};
  ListState<std::int64_t> recent{"recent"};
  MapState<std::string, std::int64_t> kinds{"kinds"};
  ReducingState<std::int64_t> sum{
      "sum", [](const std::int64_t& a, const std::int64_t& b) { return a + b; }};
  AggregatingState<Mean> mean{"mean"};
  ValueState<std::int64_t> last_value{"last-value"};

  EveryState() { last_value.enable_time_to_live(StateTtlConfig::new_builder(24h).build()); }

  static constexpr std::int64_t bucket = 1000;

  void process_element(const Reading& in, KeyedContext<std::uint64_t>& ctx, Collector<Seen>& out) {
    count.update(count.value_or(0) + 1);
    sum.add(in.value);
    mean.add(in.value);
    last_value.update(in.value);
    const std::string kind = "kind-" + std::to_string(in.value % 3);
    kinds.put(kind, kinds.get_or(kind, 0) + 1);
    if (*count.value() % 5 == 0) recent.clear();
    recent.add(in.value);
    ctx.timer_service().register_event_time_timer(
        timestamp_of_millis((in.at / bucket + 1) * bucket));
    out.collect(seen(in.key, "record"));
  }

  void on_timer(Timestamp, OnTimerContext<std::uint64_t>&, Collector<Seen>&) {
    kinds.put("timers", kinds.get_or("timers", 0) + 1);
  }

 private:
  Seen seen(std::uint64_t key, std::string what) {
    Seen seen{key, std::move(what), *count.value(), *sum.get(), 0, 0, *mean.get()};
    for (const auto& [kind, times] : kinds.entries()) {
      if (kind != "timers") seen.kinds += times;
    }
    for (const std::int64_t value : recent.get()) seen.recent += value;
    return seen;
  }
};

// Counts records by a value; with its own sink, since it comes and goes.
struct Tally {
  ValueState<std::int64_t> records{"records"};
  std::int64_t operator()(const Reading&) const {
    records.update(records.value_or(0) + 1);
    return *records.value();
  }
};

// Eight stretches of numbers, each with keys of its own.
Reading reading_of(std::int64_t n, std::int64_t records, std::int64_t keys) {
  constexpr std::int64_t stretches = 8;
  const std::int64_t each = std::max<std::int64_t>(1, records / stretches);
  const std::int64_t stretch = std::min(n / each, stretches - 1);
  const std::int64_t own = n - stretch * each;
  const std::int64_t own_keys = std::max<std::int64_t>(1, keys / stretches);
  const auto scattered = static_cast<std::uint64_t>(own) * 0x9e3779b97f4a7c15ull >> 17;
  // Every key once, then all over.
  const std::int64_t key =
      own < own_keys ? own
                     : static_cast<std::int64_t>(scattered % static_cast<std::uint64_t>(own_keys));
  return {static_cast<std::uint64_t>(stretch * own_keys + key), n * 7 % 1000, n / 100};
}

void define_job(StreamExecutionEnvironment& env) {
  const auto records = env.args().get<std::int64_t>("records", 1'000'000);
  const auto keys = env.args().get<std::int64_t>("keys", 100'000);
  const auto rate = env.args().get<double>("rate", 0);
  auto make = [records, keys](std::int64_t n) { return reading_of(n, records, keys); };
  const bool linger = env.args().get("linger", false);
  auto source =
      rate > 0 ? DataGeneratorSource<Reading>(make, records, RateLimiterStrategy::per_second(rate))
               : DataGeneratorSource<Reading>(make, records);
  DataStream<Reading> readings =
      env.from_source(
             source,
             WatermarkStrategy<Reading>::for_monotonous_timestamps().with_timestamp_assigner(
                 &Reading::at),
             "readings")
          .uid("readings");
  if (linger) {
    // Far in the future, so that they hold no watermark back; nobody counts them.
    auto ticks =
        env.from_source(
               DataGeneratorSource<Reading>(
                   [](std::int64_t) {
                     return Reading{0, 0, std::int64_t{1} << 45};
                   },
                   1'000'000, RateLimiterStrategy::per_second(10)),
               WatermarkStrategy<Reading>::for_monotonous_timestamps().with_timestamp_assigner(
                   &Reading::at),
               "ticks")
            .uid("ticks")
            .filter([](const Reading&) { return false; })
            .uid("no-ticks");
    readings = readings.union_with(ticks);
  }
  readings.key_by([](const Reading& in) { return in.value % 10; })
      .map(Tally{})
      .uid(FLINK_TEST_VERSION > 1 ? "tally-of-version-2" : "tally")
      .sink_to(BlackholeSink<std::int64_t>{});
  readings.key_by(&Reading::key)
      .process(EveryState{})
      .uid("every-state")
      .sink_to(FileSink<Seen>::csv(env.args().require("output")))
      .uid("seen");
  env.execute("every_state");
}
