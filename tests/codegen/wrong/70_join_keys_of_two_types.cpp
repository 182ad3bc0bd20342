// SPDX-License-Identifier: Apache-2.0
#include <flink/flink.h>

using namespace flink;
using namespace std::chrono_literals;

struct Order {
  std::int64_t id = 0;
};
struct Payment {
  std::string order;
};

void define_job(StreamExecutionEnvironment& env) {
  env.from_data(Order{1})
      .join(env.from_data(Payment{"1"}))
      .where(&Order::id)
      .equal_to(&Payment::order)
      .window(TumblingEventTimeWindows::of(1s))
      .apply([](const Order& order, const Payment&) { return order; })
      .print();
}
