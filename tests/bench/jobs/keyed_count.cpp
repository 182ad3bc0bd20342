// SPDX-License-Identifier: Apache-2.0
// make bench: keyed_count_1k and keyed_count_1m.
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
      .key_by(&Event::key)
      .sum(&Event::count)
      .sink_to(BlackholeSink<Event>{});
  env.execute("keyed_count");
}
