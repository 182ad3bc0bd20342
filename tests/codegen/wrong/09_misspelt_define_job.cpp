// SPDX-License-Identifier: Apache-2.0
#include <flink/flink.h>

using namespace flink;

struct Reading {
  std::string sensor;
  double value = 0;
};

void define_jobs(StreamExecutionEnvironment& env) {
  env.from_data(Reading{"a", 1.5}).print();
}
