// SPDX-License-Identifier: Apache-2.0
// Two streams of different types into one function: orders and payments of the same order meet in
// one subtask, whichever comes first.
#include <flink/flink.h>

using namespace flink;

struct Order {
  std::string id;
  std::string item;
};
struct Payment {
  std::string order;
  std::int64_t cents = 0;
};
struct Event {
  std::string order;
  std::string what;
};

struct Describe {
  void process_element1(const Order& order, KeyedContext<std::string>& ctx, Collector<Event>& out) {
    out.collect({ctx.current_key(), "ordered " + order.item});
  }
  void process_element2(const Payment& payment, KeyedContext<std::string>& ctx,
                        Collector<Event>& out) {
    out.collect({ctx.current_key(), "paid " + std::to_string(payment.cents)});
  }
};

void define_job(StreamExecutionEnvironment& env) {
  const auto input = env.args().require("input");
  auto orders = env.from_source(FileSource<Order>::csv(input + "/orders.csv"),
                                WatermarkStrategy<Order>::no_watermarks(), "orders");
  auto payments = env.from_source(FileSource<Payment>::csv(input + "/payments.csv"),
                                  WatermarkStrategy<Payment>::no_watermarks(), "payments");
  orders.connect(payments)
      .key_by(&Order::id, &Payment::order)
      .process(Describe{})
      .uid("describe")
      .print();
  env.execute("Connect");
}
