// SPDX-License-Identifier: Apache-2.0
// Jobs for what happens between records. --mode slow: each number of a sequence takes --millis in a
// map, behind an exchange with --exchange yes, in another slot with --exchange slot, then is
// printed. fails: the map throws at --records. stamps: a stream with timestamps and one without
// meet, and each record is held against the timestamp it had. large: texts of --bytes to a slow
// consumer.
#include <flink/flink.h>

#include <stdexcept>
#include <thread>

using namespace flink;

namespace {

using Number = std::int64_t;

void take(std::int64_t millis) { std::this_thread::sleep_for(std::chrono::milliseconds{millis}); }

void slow(StreamExecutionEnvironment& env) {
  const auto millis = env.args().get<std::int64_t>("millis", 20);
  auto numbers =
      env.from_sequence(0, env.args().get<std::int64_t>("records", 1'000'000'000)).uid("n");
  const auto exchange = env.args().get("exchange", "no");
  if (exchange == "slot") {
    numbers.map([millis](Number n) { return take(millis), n; })
        .uid("map")
        .slot_sharing_group("slow")
        .print()
        .uid("p");
  } else if (exchange == "yes") {
    numbers.rebalance()
        .map([millis](Number n) { return take(millis), n; })
        .uid("map")
        .print()
        .uid("p");
  } else {
    numbers.map([millis](Number n) { return take(millis), n; }).uid("map").print().uid("p");
  }
}

void fails(StreamExecutionEnvironment& env) {
  const auto at = env.args().get<std::int64_t>("records", 700);
  env.from_sequence(0, 100'000)
      .map([at](Number n) {
        if (n == at) throw std::runtime_error("not this one");
        return n;
      })
      .print();
}

struct Event {
  std::int64_t number = 0, at = 0;  // at: its timestamp, or -1 when it has none
};

struct Check {
  void process_element(const Event& in, KeyedContext<std::int64_t>& ctx, Collector<Number>& out) {
    const auto has = ctx.timestamp();
    const auto millis = has ? has->time_since_epoch().count() : -1;
    if (millis != in.at) out.collect(1);
  }
};

void stamps(StreamExecutionEnvironment& env) {
  const auto records = env.args().get<std::int64_t>("records", 100'000);
  auto stamped = env.from_source(
      DataGeneratorSource(
          [](std::int64_t i) {
            return Event{i, 1000 + i};
          },
          records),
      WatermarkStrategy<Event>::for_monotonous_timestamps().with_timestamp_assigner(&Event::at),
      "stamped");
  auto plain = env.from_source(DataGeneratorSource(
                                   [](std::int64_t i) {
                                     return Event{i, -1};
                                   },
                                   records),
                               WatermarkStrategy<Event>::no_watermarks(), "plain");
  stamped.union_with(plain)
      .rebalance()
      .map([](const Event& event) { return event; })
      .key_by(&Event::number)
      .process(Check{})
      .print("wrong");
}

void large(StreamExecutionEnvironment& env) {
  const auto bytes = env.args().get<std::int64_t>("bytes", 1'000'000);
  const auto millis = env.args().get<std::int64_t>("millis", 5);
  env.from_sequence(1, env.args().get<std::int64_t>("records", 600))
      .flat_map([bytes](Number n, Collector<std::string>& out) {
        for (int i = 0; i < 2; ++i) {
          out.collect(
              std::string(static_cast<std::size_t>(bytes), static_cast<char>('a' + n % 26)));
        }
      })
      .rebalance()
      .map([millis](const std::string& text) {
        take(millis);
        return static_cast<Number>(text.size());
      })
      .print();
}

}  // namespace

void define_job(StreamExecutionEnvironment& env) {
  const auto mode = env.args().get("mode", "slow");
  if (mode == "slow") slow(env);
  if (mode == "fails") fails(env);
  if (mode == "stamps") stamps(env);
  if (mode == "large") large(env);
}
