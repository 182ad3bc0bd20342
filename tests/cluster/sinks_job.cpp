// SPDX-License-Identifier: Apache-2.0
// Numbers into one file sink or two: where they write is what sinks_test.py is about.
#include <flink/flink.h>

#include <cstdint>
#include <string>

namespace {

struct Number {
  std::int64_t value = 0;
};

flink::FileSink<Number> sink_of(flink::StreamExecutionEnvironment& env, const std::string& name) {
  auto sink = flink::FileSink<Number>::csv(env.args().require(name));
  const auto mode = env.args().get(name + "-mode", "");
  if (mode == "append") sink = sink.append();
  if (mode == "overwrite") sink = sink.overwrite();
  if (!env.args().has(name + "-buckets")) return sink;
  return sink.with_bucket_assigner(
      [](const Number& number) { return "bucket-" + std::to_string(number.value % 3); });
}

}  // namespace

void define_job(flink::StreamExecutionEnvironment& env) {
  using namespace flink;
  const auto rate = env.args().get<double>("rate", 0);
  auto strategy = rate > 0 ? RateLimiterStrategy::per_second(rate) : RateLimiterStrategy::no_op();
  auto numbers =
      env.from_source(DataGeneratorSource([](std::int64_t index) { return Number{index}; },
                                          env.args().get<std::int64_t>("records", 1000), strategy),
                      WatermarkStrategy<Number>::no_watermarks(), "numbers")
          .uid("numbers");
  numbers.sink_to(sink_of(env, "first")).uid("first");
  if (env.args().has("second")) numbers.sink_to(sink_of(env, "second")).uid("second");
  env.execute("Numbers");
}
