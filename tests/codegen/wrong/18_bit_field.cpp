// SPDX-License-Identifier: Apache-2.0
#include <flink/flink.h>

using namespace flink;

struct Flags {
  unsigned hot : 1 = 0;
  unsigned cold : 1 = 0;
};

void define_job(StreamExecutionEnvironment& env) {
  env.from_sequence(1, 10).map([](std::int64_t) { return Flags{}; }).print();
}
