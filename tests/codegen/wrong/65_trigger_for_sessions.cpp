// SPDX-License-Identifier: Apache-2.0
#include <flink/flink.h>

using namespace flink;
using namespace std::chrono_literals;

struct Reading {
  std::string sensor;
  double value = 0;
};

double far(const Reading& a, const Reading& b) { return b.value - a.value; }

void define_job(StreamExecutionEnvironment& env) {
  auto readings = env.from_data(Reading{"a", 1.5}, Reading{"b", 2.5});
  readings.key_by(&Reading::sensor)
      .window(EventTimeSessionWindows::with_gap(1min))
      .trigger(DeltaTrigger<Reading>::of(10, far))
      .sum(&Reading::value)
      .print();
}
