// SPDX-License-Identifier: Apache-2.0
#include <flink/flink.h>

using namespace flink;
using namespace std::chrono_literals;

struct Reading {
  std::string sensor;
  double value = 0;
};

void define_job(StreamExecutionEnvironment& env) {
  auto readings = env.from_data(Reading{"a", 1.5}, Reading{"b", 2.5});
  readings.window(TumblingEventTimeWindows::of(1s)).sum(&Reading::value).print();
}
