// SPDX-License-Identifier: Apache-2.0
#include <flink/flink.h>

using namespace flink;

const std::string common = "x";
struct Named {
  const std::string& name;
};

void define_job(StreamExecutionEnvironment& env) {
  env.from_sequence(1, 10).map([](std::int64_t) { return Named{common}; }).print();
}
