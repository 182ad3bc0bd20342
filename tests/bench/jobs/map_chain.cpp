// SPDX-License-Identifier: Apache-2.0
// make bench: map_chain, four maps and a filter, chained.
#include <flink/flink.h>

#include "../records.h"

using namespace flink;
using bench::Event;

void define_job(StreamExecutionEnvironment& env) {
  const auto records = env.args().get<std::int64_t>("records", 100'000'000);
  const auto keys = env.args().get<std::uint64_t>("keys", 1000);
  env.from_source(DataGeneratorSource<Event>(
                      [keys](std::int64_t n) {
                        return bench::make_event(static_cast<std::uint64_t>(n), keys);
                      },
                      records),
                  WatermarkStrategy<Event>::no_watermarks(), "events")
      .map([](const Event& e) { return bench::step_one(e); })
      .map([](const Event& e) { return bench::step_two(e); })
      .map([](const Event& e) { return bench::step_three(e); })
      .map([](const Event& e) { return bench::step_four(e); })
      .filter([](const Event& e) { return bench::keep(e); })
      .sink_to(BlackholeSink<Event>{});
  env.execute("map_chain");
}
