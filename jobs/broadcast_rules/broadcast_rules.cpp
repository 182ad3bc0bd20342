// SPDX-License-Identifier: Apache-2.0
// Orders against rules that change meanwhile: the rules are broadcast, each subtask has them all.
// An order waits until the watermark of both inputs has passed it, so that it is judged by the
// rules of its own time, whichever stream is read faster.
#include <flink/flink.h>

#include <string>
#include <vector>

using namespace flink;
using namespace std::chrono_literals;

// Columns of the inputs, in order.
struct Rule {
  std::string name;
  Timestamp from;
  double limit = 0;  // what is above; negative: the rule is off from then on
};
struct Order {
  std::string user;
  Timestamp at;
  double amount = 0;
};

struct Match {
  std::string rule;
  std::string user;
  Timestamp at;
  double amount = 0;
};

const BroadcastState<std::string, std::vector<Rule>> rules{"rules"};  // each one's past, by name

struct Judge {
  MapState<Timestamp, std::vector<Order>> waiting{"waiting"};  // by their time

  void process_element(const Order& in, KeyedReadOnlyContext<std::string>& ctx, Collector<Match>&) {
    auto orders = waiting.get_or(in.at, {});
    orders.push_back(in);
    waiting.put(in.at, orders);
    ctx.timer_service().register_event_time_timer(in.at);
  }
  void process_broadcast_element(const Rule& in, KeyedBroadcastContext<std::string>& ctx,
                                 Collector<Match>&) {
    auto& known = ctx.get_broadcast_state(rules);
    auto past = known.get_or(in.name, {});
    past.push_back(in);
    known.put(in.name, past);
  }
  void on_timer(Timestamp at, KeyedReadOnlyContext<std::string>& ctx, Collector<Match>& out) {
    const auto orders = waiting.get_or(at, {});
    for (const auto& [name, past] : ctx.get_broadcast_state(rules).entries()) {
      const Rule* valid = nullptr;
      for (const auto& rule : past) {
        if (rule.from <= at && (valid == nullptr || valid->from <= rule.from)) valid = &rule;
      }
      if (valid == nullptr || valid->limit < 0) continue;
      for (const auto& order : orders) {
        if (order.amount > valid->limit) out.collect({name, order.user, at, order.amount});
      }
    }
    waiting.remove(at);
  }
};

void define_job(StreamExecutionEnvironment& env) {
  const auto in_order = [](auto time, auto record) {
    return WatermarkStrategy<decltype(record)>::for_bounded_out_of_orderness(5s)
        .with_timestamp_assigner(time);
  };
  const auto changes =
      env.from_source(FileSource<Rule>::csv(env.args().require("rules")).skip_first_line(),
                      in_order(&Rule::from, Rule{}), "rules")
          .uid("rules");
  env.from_source(FileSource<Order>::csv(env.args().require("orders")).skip_first_line(),
                  in_order(&Order::at, Order{}), "orders")
      .uid("orders")
      .key_by(&Order::user)
      .connect(changes.broadcast(rules))
      .process(Judge{})
      .uid("judge")
      .sink_to(FileSink<Match>::csv(env.args().require("output")))
      .uid("matches");
  env.execute("Broadcast rules");
}
