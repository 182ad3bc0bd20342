// SPDX-License-Identifier: Apache-2.0
#include <flink/flink.h>

using namespace flink;

struct Reading {
  std::string sensor;
  double value = 0;
};

struct Place {
  std::string_view sensor;
  int floor = 0;
};

void define_job(StreamExecutionEnvironment& env) {
  auto readings = env.from_data(Reading{"a", 1.5}, Reading{"b", 2.5});
  readings.key_by([](const Reading& in) { return Place{in.sensor, 1}; })
      .sum(&Reading::value)
      .print();
}
