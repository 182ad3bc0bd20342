// SPDX-License-Identifier: Apache-2.0
#include <flink/flink.h>

using namespace flink;

struct Event {
  std::int64_t at = 0;
};
struct Click : Event {
  std::string page;
};

void define_job(StreamExecutionEnvironment& env) {
  env.from_sequence(1, 10).map([](std::int64_t n) { return Click{{n}, "/"}; }).print();
}
