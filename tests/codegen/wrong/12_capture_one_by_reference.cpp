// SPDX-License-Identifier: Apache-2.0
#include <flink/flink.h>

using namespace flink;

struct Reading {
  std::string sensor;
  double value = 0;
};

void define_job(StreamExecutionEnvironment& env) {
  double limit = 2;
  auto readings = env.from_data(Reading{"a", 1.5}, Reading{"b", 2.5});
  auto above = [&limit](const Reading& in) { return in.value > limit; };
  readings.filter(above).print();
}
