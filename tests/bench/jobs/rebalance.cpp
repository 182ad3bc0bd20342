// SPDX-License-Identifier: Apache-2.0
// make bench: rebalance, a round robin over two subtasks of one process.
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
      .rebalance()
      .sink_to(BlackholeSink<Event>{});
  env.execute("rebalance");
}
