// SPDX-License-Identifier: Apache-2.0
// make bench: start_to_first_record_ms, idle_rss_mb and failover_ms. Prints numbers at a rate,
// through an exchange, so that all of it is one pipelined region.
#include <flink/flink.h>

using namespace flink;

void define_job(StreamExecutionEnvironment& env) {
  const auto rate = env.args().get<double>("rate", 1000.0);
  env.from_source(DataGeneratorSource<std::int64_t>([](std::int64_t n) { return n; },
                                                    DataGeneratorSource<std::int64_t>::endless,
                                                    RateLimiterStrategy::per_second(rate)),
                  WatermarkStrategy<std::int64_t>::no_watermarks(), "numbers")
      .rebalance()
      .print();
  env.execute("ticker");
}
