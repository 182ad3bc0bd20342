// SPDX-License-Identifier: Apache-2.0
// make bench: timers_1m and timers_10m. Each record sets a timer of its key somewhere in the next
// hour; all of them fire at the end of the input.
#include "timed.h"

using namespace flink;
using bench::TimedEvent;

struct Alarm {
  void process_element(const TimedEvent& event, KeyedContext<std::uint64_t>& ctx,
                       Collector<TimedEvent>&) {
    ctx.timer_service().register_event_time_timer(timestamp_of_millis(bench::timer_of(event)));
  }
  void on_timer(Timestamp at, KeyedContext<std::uint64_t>& ctx, Collector<TimedEvent>& out) {
    out.collect({ctx.current_key(), at.time_since_epoch().count(), 1});
  }
};

void define_job(StreamExecutionEnvironment& env) {
  bench::timed_events(env, env.args().get<std::uint64_t>("records", 10'000'000), "events")
      .key_by(&TimedEvent::key)
      .process(Alarm{})
      .sink_to(BlackholeSink<TimedEvent>{});
  env.execute("timers");
}
