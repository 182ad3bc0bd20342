// SPDX-License-Identifier: Apache-2.0
#include <flink/flink.h>

using namespace flink;
using namespace std::chrono_literals;

struct Ask {
  void async_invoke(const std::int64_t& number, Collector<std::int64_t>& out) {
    out.collect(number);
  }
};

void define_job(StreamExecutionEnvironment& env) {
  AsyncDataStream::unordered_wait(env.from_sequence(1, 3), Ask{}, 1s)
      .map([](std::int64_t number) { return number + 1; })
      .print();
}
