// SPDX-License-Identifier: Apache-2.0
#include <flink/flink.h>

using namespace flink;

struct Histogram {
  std::string name;
  int buckets[16] = {};
};

void define_job(StreamExecutionEnvironment& env) {
  env.from_sequence(1, 10).map([](std::int64_t) { return Histogram{}; }).print();
}
