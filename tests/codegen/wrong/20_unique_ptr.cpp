// SPDX-License-Identifier: Apache-2.0
#include <flink/flink.h>

using namespace flink;

void define_job(StreamExecutionEnvironment& env) {
  auto table = std::make_unique<int>(3);
  env.from_sequence(1, 10)
      .map([table = std::move(table)](std::int64_t n) { return n * *table; })
      .print();
}
