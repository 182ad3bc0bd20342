// SPDX-License-Identifier: Apache-2.0
#include <flink/flink.h>

using namespace flink;
using namespace std::chrono_literals;

struct Reading {
  std::string sensor;
  double value = 0;
};

struct Sum {
  using Accumulator = double;
  double create_accumulator() const { return 0; }
  void add(const Reading& in, double& sum) const { sum += in.value; }
  double get_result(const double& sum) const { return sum; }
};

void define_job(StreamExecutionEnvironment& env) {
  auto readings = env.from_data(Reading{"a", 1.5}, Reading{"b", 2.5});
  readings.key_by(&Reading::sensor)
      .window(EventTimeSessionWindows::with_gap(1min))
      .aggregate(Sum{})
      .print();
}
