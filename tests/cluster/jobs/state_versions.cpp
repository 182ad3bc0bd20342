// SPDX-License-Identifier: Apache-2.0
// Keyed state of every kind, in versions: -D STATE_VERSION=1 to 3.
#include <flink/flink.h>

using namespace flink;
using namespace std::chrono_literals;

struct Place {
  std::string name;
#if STATE_VERSION == 2
  std::string country = "none";
#endif
};

struct Total {
#if STATE_VERSION == 3
  std::int16_t count = 0;
#elif STATE_VERSION == 2
  double weight = 1.5;
  std::int64_t count = 0;
#else
  std::int32_t count = 0;
  bool dropped = true;
#endif
  std::vector<Place> places;
};

struct Tally {
  ValueState<Total> total{"total"};
  ListState<std::int64_t> numbers{"numbers"};
  MapState<std::string, std::int32_t> digits{"digits"};

  void process_element(const std::int64_t& in, KeyedContext<std::int64_t>& ctx,
                       Collector<std::int64_t>& out) {
    Total next = total.value_or(Total{});
    ++next.count;
    next.places = {{"place " + std::to_string(ctx.current_key())}};
    total.update(next);
    numbers.add(in);
    const std::string digit = std::to_string(in % 10);
    digits.put(digit, digits.get_or(digit, 0) + 1);
    ctx.timer_service().register_processing_time_timer(Timestamp{std::chrono::hours(1'000'000)});
    if (in % 1'000'000 == 0) out.collect(in);
  }
  void on_timer(Timestamp, KeyedContext<std::int64_t>&, Collector<std::int64_t>&) {}
};

void define_job(StreamExecutionEnvironment& env) {
  env.from_sequence(1, 100'000'000)
      .uid("numbers")
      .key_by([](const std::int64_t& number) { return number % 100; })
      .process(Tally{})
      .uid(STATE_VERSION == 3 ? "renamed" : "tally")
      .sink_to(BlackholeSink<std::int64_t>{})
      .uid("sink");
}
