// SPDX-License-Identifier: Apache-2.0
// Which impression led to which click: a click counts for each impression of its ad, shown to the
// same user, in the ten seconds before it.
#include <flink/flink.h>

using namespace flink;
using namespace std::chrono_literals;

// Columns of the inputs, in order.
struct Impression {
  std::string user, ad;
  Timestamp at;
  double price = 0;
};
struct Click {
  std::string user, ad;
  Timestamp at;
};

struct Billed {
  std::string user, ad;
  Timestamp clicked;
  std::int64_t after_millis = 0;
  double price = 0;
};

struct Bill {
  void process_element(const Impression& impression, const Click& click, ProcessJoinContext& ctx,
                       Collector<Billed>& out) {
    const auto after = ctx.right_timestamp() - ctx.left_timestamp();
    out.collect({click.user, click.ad, click.at, after.count(), impression.price});
  }
};

template <class T>
DataStream<T> read(StreamExecutionEnvironment& env, const std::string& what) {
  return env
      .from_source(
          FileSource<T>::csv(env.args().require(what)).skip_first_line(),
          WatermarkStrategy<T>::for_bounded_out_of_orderness(2s).with_timestamp_assigner(&T::at),
          what)
      .uid(what);
}

void define_job(StreamExecutionEnvironment& env) {
  const auto impressions = read<Impression>(env, "impressions");
  const auto clicks = read<Click>(env, "clicks");
  impressions.key_by(&Impression::user, &Impression::ad)
      .interval_join(clicks.key_by(&Click::user, &Click::ad))
      .between(0s, 10s)
      .process(Bill{})
      .uid("bills")
      .sink_to(FileSink<Billed>::csv(env.args().require("output")))
      .uid("billed");
  env.execute("Click impressions");
}
