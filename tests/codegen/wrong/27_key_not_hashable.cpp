// SPDX-License-Identifier: Apache-2.0
#include <flink/flink.h>

using namespace flink;

void define_job(StreamExecutionEnvironment& env) {
  env.from_sequence(1, 10)
      .key_by([](std::int64_t n) { return std::map<int, int>{{1, static_cast<int>(n)}}; })
      .reduce([](std::int64_t a, std::int64_t b) { return a + b; })
      .print();
}
