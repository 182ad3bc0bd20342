// SPDX-License-Identifier: Apache-2.0
// Made-up sensor readings, 2000 a second, and each sensor's highest so far.
#include <flink/flink.h>

using namespace flink;

struct Reading {
  std::int32_t sensor = 0;
  std::int64_t value = 0;
};

void define_job(StreamExecutionEnvironment& env) {
  const auto count = env.args().get<std::int64_t>("count", 400);
  auto make = [](std::int64_t index) {
    return Reading{static_cast<std::int32_t>(index % 4), index * 37 % 1000};
  };
  env.from_source(DataGeneratorSource<Reading>{make, count, RateLimiterStrategy::per_second(2000)},
                  WatermarkStrategy<Reading>::no_watermarks(), "sensors")
      .filter([](const Reading& reading) { return reading.value > 900; })
      .print();
  env.execute("Readings");
}
