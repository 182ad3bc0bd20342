// SPDX-License-Identifier: Apache-2.0
#include <flink/flink.h>

using namespace flink;

class Money {
 public:
  Money() = default;
  explicit Money(std::int64_t cents) : cents_(cents) {}

 private:
  std::int64_t cents_ = 0;
};

void define_job(StreamExecutionEnvironment& env) {
  env.from_sequence(1, 10).map([](std::int64_t n) { return Money{n}; }).print();
}
