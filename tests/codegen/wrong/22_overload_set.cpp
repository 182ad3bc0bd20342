// SPDX-License-Identifier: Apache-2.0
#include <flink/flink.h>

using namespace flink;

double half(double value) { return value / 2; }
std::int64_t half(std::int64_t value) { return value / 2; }

void define_job(StreamExecutionEnvironment& env) {
  env.from_sequence(1, 10).map(half).print();
}
