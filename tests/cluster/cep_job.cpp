// SPDX-License-Identifier: Apache-2.0
// Two patterns, for tests that move the job while matches are half done: one finds at once, the
// other has its events wait for a watermark. What they find depends on nothing but the arguments:
// all records of a key come from one split, in order.
//   cep_job -- --keys K --records N [--rate R] --output DIR
#include <flink/cep.h>
#include <flink/flink.h>

using namespace flink;
using namespace std::chrono_literals;

struct Reading {
  std::int64_t key = 0;
  std::int64_t value = 0;
  std::int64_t at = 0;  // milliseconds of event time
};

// Eight stretches of numbers, each with keys of its own.
Reading reading_of(std::int64_t n, std::int64_t records, std::int64_t keys) {
  const std::int64_t each = std::max<std::int64_t>(1, records / 8);
  const std::int64_t stretch = std::min<std::int64_t>(n / each, 7);
  const std::int64_t own_keys = std::max<std::int64_t>(1, keys / 8);
  const std::int64_t own = n - stretch * each;
  // A key's times go up and down.
  return {stretch * own_keys + own % own_keys, n * 7919 % 1009, own + own * 31 % 4001};
}

auto below(std::int64_t limit) {
  return [limit](const Reading& r) { return r.value < limit; };
}

std::string text_of(const Match<Reading>& match) {
  std::string text;
  for (const auto& [name, events] : match) {
    text += text.empty() ? std::to_string(events.front().key) + " " + name : " " + name;
    for (const Reading& event : events) text += " " + std::to_string(event.value);
  }
  return text;
}

void define_job(StreamExecutionEnvironment& env) {
  const auto records = env.args().get<std::int64_t>("records", 100'000);
  const auto keys = env.args().get<std::int64_t>("keys", 1000);
  const auto rate = env.args().get<double>("rate", 0);
  auto make = [records, keys](std::int64_t n) { return reading_of(n, records, keys); };
  const auto source =
      rate > 0 ? DataGeneratorSource<Reading>(make, records, RateLimiterStrategy::per_second(rate))
               : DataGeneratorSource<Reading>(make, records);
  const auto readings =
      env.from_source(
             source,
             WatermarkStrategy<Reading>::for_bounded_out_of_orderness(24h).with_timestamp_assigner(
                 &Reading::at),
             "readings")
          .uid("readings")
          .key_by(&Reading::key);

  const auto at_once = Pattern<Reading>::begin("low", AfterMatchSkipStrategy::skip_to_next())
                           .where(below(100))
                           .followed_by("more")
                           .where(below(400))
                           .times(2, 4)
                           .greedy()
                           .next("high")
                           .where([](const Reading& r, const ConditionContext<Reading>& match) {
                             return r.value > match.events_for_pattern("more").back().value;
                           });
  const auto in_order = Pattern<Reading>::begin("low")
                            .where(below(100))
                            .followed_by("more")
                            .where(below(300))
                            .one_or_more()
                            .not_followed_by("none")
                            .where([](const Reading& r) { return r.value > 900; })
                            .within(2s);
  const auto found_at_once =
      CEP::pattern(readings, at_once).in_processing_time().select(text_of).uid("at-once");
  const auto found_in_order = CEP::pattern(readings, in_order).select(text_of).uid("in-order");
  found_at_once.union_with(found_in_order)
      .sink_to(FileSink<std::string>::text(env.args().require("output")))
      .uid("found");
  env.execute("CEP");
}
