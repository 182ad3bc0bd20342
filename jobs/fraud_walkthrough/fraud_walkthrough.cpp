// SPDX-License-Identifier: Apache-2.0
// Flink's walkthrough of fraud detection in its three stages, side by side over the same
// transactions: a detector that knows nothing, one that remembers, and one that forgets again.
#include <flink/flink.h>

using namespace flink;
using namespace std::chrono_literals;

// Columns of the input, in order.
struct Transaction {
  std::int64_t account = 0;
  Timestamp at;
  double amount = 0;
};

struct Alert {
  std::string detector;
  std::int64_t account = 0;
  double amount = 0;
};

constexpr double small = 1.00, large = 500.00;

// Stage 1: each transaction alone. A thief who begins with a small one is not seen, and everybody
// who buys something large is.
void without_state(const Transaction& in, Collector<Alert>& out) {
  if (in.amount > large) out.collect({"stateless", in.account, in.amount});
}

// Stage 2: state. A large transaction right after a small one of the same account.
struct Remembering {
  ValueState<bool> last_was_small{"last-was-small"};

  void process_element(const Transaction& in, KeyedContext<std::int64_t>&, Collector<Alert>& out) {
    if (last_was_small.value_or(false) && in.amount > large) {
      out.collect({"remembering", in.account, in.amount});
    }
    if (in.amount < small) last_was_small.update(true);
    else last_was_small.clear();
  }
};

// Stage 3: state and time. The two must be within a minute; a timer takes the state away again, or
// each account that ever bought something small would be kept for ever. Whether it is a minute is
// asked of the timestamps: the timer comes with a watermark, some time after that.
struct Forgetting {
  ValueState<Timestamp> small_at{"small-at"};

  void process_element(const Transaction& in, KeyedContext<std::int64_t>& ctx,
                       Collector<Alert>& out) {
    if (const auto* since = small_at.value(); since != nullptr) {
      if (in.amount > large && in.at - *since <= 1min) {
        out.collect({"forgetting", in.account, in.amount});
      }
      ctx.timer_service().delete_event_time_timer(*since + 1min);
      small_at.clear();
    }
    if (in.amount < small) {
      small_at.update(in.at);
      ctx.timer_service().register_event_time_timer(in.at + 1min);
    }
  }
  void on_timer(Timestamp, KeyedContext<std::int64_t>&, Collector<Alert>&) { small_at.clear(); }
};

void define_job(StreamExecutionEnvironment& env) {
  const auto transactions =
      env.from_source(
             FileSource<Transaction>::csv(env.args().require("input")).skip_first_line(),
             WatermarkStrategy<Transaction>::for_monotonous_timestamps().with_timestamp_assigner(
                 &Transaction::at),
             "transactions")
          .uid("transactions");
  const auto of_account = transactions.key_by(&Transaction::account);
  transactions.flat_map(&without_state)
      .union_with(of_account.process(Remembering{}).uid("remembering"),
                  of_account.process(Forgetting{}).uid("forgetting"))
      .sink_to(FileSink<Alert>::csv(env.args().require("output")))
      .uid("alerts");
  env.execute("Fraud detection walkthrough");
}
