// SPDX-License-Identifier: Apache-2.0
// The driver with the most tips in each hour: a window an hour and driver, then one over all
// drivers, which lines up with the first since its results carry the window's time.
#include <flink/flink.h>

using namespace flink;
using namespace std::chrono_literals;

// Columns of the input, in order.
struct Fare {
  std::int64_t driver = 0;
  std::int64_t tip = 0;  // cents
  Timestamp at;
};
struct HourlyTips {
  Timestamp hour;  // its end
  std::int64_t driver = 0;
  std::int64_t tips = 0;
};

struct AddTips {
  using Accumulator = std::int64_t;
  Accumulator create_accumulator() const { return 0; }
  void add(const Fare& fare, Accumulator& sum) const { sum += fare.tip; }
  std::int64_t get_result(const Accumulator& sum) const { return sum; }
  void merge(const Accumulator& from, Accumulator& into) const { into += from; }
};
struct OfHour {
  void process(const std::int64_t& driver, WindowContext<TimeWindow>& ctx, const std::int64_t& tips,
               Collector<HourlyTips>& out) {
    out.collect({ctx.window().end(), driver, tips});
  }
};

void define_job(StreamExecutionEnvironment& env) {
  env.from_source(
         FileSource<Fare>::csv(env.args().require("input")).skip_first_line(),
         WatermarkStrategy<Fare>::for_bounded_out_of_orderness(1min).with_timestamp_assigner(
             &Fare::at),
         "fares")
      .uid("fares")
      .key_by(&Fare::driver)
      .window(TumblingEventTimeWindows::of(1h))
      .aggregate(AddTips{}, OfHour{})
      .uid("tips")
      .window_all(TumblingEventTimeWindows::of(1h))
      .max_by(&HourlyTips::tips)
      .uid("most")
      .sink_to(FileSink<HourlyTips>::csv(env.args().require("output")))
      .uid("out");
  env.execute("Hourly Tips");
}
