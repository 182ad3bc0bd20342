// SPDX-License-Identifier: Apache-2.0
// Watches accounts: a large payment within a minute after a tiny one is an alert at once; what an
// account spent in a minute is said once the minute is over, if it is much. Keyed state and timers
// of event time.
#include <flink/flink.h>

using namespace flink;
using namespace std::chrono_literals;

// Columns of the input, in order.
struct Payment {
  std::string account;
  Timestamp at;
  double amount = 0;
};

struct Alert {
  std::string account;
  std::string reason;
  Timestamp at;
  double amount = 0;
};

struct FraudDetector {
  ValueState<Timestamp> tiny_at{"tiny-at"};
  MapState<Timestamp, double> spent{"spent"};  // by the minute's end
  double much = 1000;

  void process_element(const Payment& in, KeyedContext<std::string>& ctx, Collector<Alert>& out) {
    const auto* tiny = tiny_at.value();
    if (tiny != nullptr && in.amount > 500 && in.at - *tiny <= 1min) {
      out.collect({in.account, "large after tiny", in.at, in.amount});
    }
    if (in.amount < 1) tiny_at.update(in.at);

    const Timestamp end = std::chrono::floor<std::chrono::minutes>(in.at) + 1min;
    spent.put(end, spent.get_or(end, 0) + in.amount);
    ctx.timer_service().register_event_time_timer(end);
  }

  void on_timer(Timestamp at, KeyedContext<std::string>& ctx, Collector<Alert>& out) {
    if (spent.get_or(at, 0) > much) {
      out.collect({ctx.current_key(), "much in a minute", at, *spent.get(at)});
    }
    spent.remove(at);
    const auto* tiny = tiny_at.value();
    if (tiny != nullptr && *tiny + 1min < at) tiny_at.clear();
  }
};

void define_job(StreamExecutionEnvironment& env) {
  env.from_source(
         FileSource<Payment>::csv(env.args().require("input")).skip_first_line(),
         WatermarkStrategy<Payment>::for_bounded_out_of_orderness(5s).with_timestamp_assigner(
             &Payment::at),
         "payments")
      .uid("payments")
      .key_by(&Payment::account)
      .process(FraudDetector{.much = env.args().get("much", 1000.0)})
      .uid("fraud-detector")
      .sink_to(FileSink<Alert>::csv(env.args().require("output")))
      .uid("alerts");
  env.execute("Fraud");
}
