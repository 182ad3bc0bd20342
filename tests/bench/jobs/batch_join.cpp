// SPDX-License-Identifier: Apache-2.0
// BATCH: a join of two inputs that are larger than memory: --records orders and as many payments of
// --bytes each, every order with its payment.
#include <flink/flink.h>

#include <string>

#include "../records.h"

using namespace flink;

namespace {

struct Order {
  std::uint64_t id = 0;
  std::string text;
};
struct Payment {
  std::uint64_t order = 0;
  std::string text;
};
struct Total {
  std::int32_t nothing = 0;
  std::int64_t pairs = 0, unpaired = 0;
};

struct Pairing {
  ListState<std::string> orders{"orders"};
  ValueState<std::int64_t> payments{"payments"};

  void process_element1(const Order& in, KeyedContext<std::uint64_t>& ctx, Collector<Total>&) {
    orders.add(in.text);
    ctx.timer_service().register_event_time_timer(max_timestamp);
  }
  void process_element2(const Payment&, KeyedContext<std::uint64_t>& ctx, Collector<Total>&) {
    payments.update(payments.value_or(0) + 1);
    ctx.timer_service().register_event_time_timer(max_timestamp);
  }
  void on_timer(Timestamp, KeyedContext<std::uint64_t>&, Collector<Total>& out) {
    std::int64_t kept = 0;
    for ([[maybe_unused]] const std::string& order : orders.get()) ++kept;
    const std::int64_t paid = payments.value_or(0);
    out.collect({0, kept * paid, kept * paid == 0 ? 1 : 0});
  }
};

template <class T>
auto records_of(StreamExecutionEnvironment& env, const char* name, std::uint64_t factor) {
  const auto records = env.args().get<std::int64_t>("records", 20'000'000);
  const auto bytes = env.args().get<std::size_t>("bytes", 100);
  return env.from_source(DataGeneratorSource<T>(
                             [bytes, records, factor](std::int64_t n) {
                               const auto at = static_cast<std::uint64_t>(n) * factor %
                                               static_cast<std::uint64_t>(records);
                               T record{bench::mix(at), std::string(bytes, ' ')};
                               for (std::size_t i = 0; i + 8 <= bytes; i += 8) {
                                 const std::uint64_t word = bench::mix(at + i);
                                 record.text.replace(i, 8, reinterpret_cast<const char*>(&word), 8);
                               }
                               return record;
                             },
                             records),
                         WatermarkStrategy<T>::no_watermarks(), name);
}

}  // namespace

// 1 and a prime: both inputs have the same ids, in orders of their own.
void define_job(StreamExecutionEnvironment& env) {
  records_of<Order>(env, "orders", 1)
      .key_by(&Order::id)
      .connect(records_of<Payment>(env, "payments", 1'000'003).key_by(&Payment::order))
      .process(Pairing{})
      .key_by(&Total::nothing)
      .reduce([](const Total& a, const Total& b) {
        return Total{0, a.pairs + b.pairs, a.unpaired + b.unpaired};
      })
      .print();
  env.execute("batch_join");
}
