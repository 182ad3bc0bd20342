// SPDX-License-Identifier: Apache-2.0
#include <flink/flink.h>

using namespace flink;

struct Node {
  std::int64_t id = 0;
  Node* next = nullptr;
};

void define_job(StreamExecutionEnvironment& env) {
  env.from_sequence(1, 10).map([](std::int64_t n) { return Node{n, nullptr}; }).print();
}
