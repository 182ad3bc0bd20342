// SPDX-License-Identifier: Apache-2.0
// make bench: tumbling, sliding and session windows; a sum per key and window.
#include "timed.h"

using namespace flink;
using bench::TimedEvent;

void define_job(StreamExecutionEnvironment& env) {
  const auto kind = env.args().get("kind", "tumbling");
  const std::chrono::milliseconds size{env.args().get<std::int64_t>("size", 100)};
  const std::chrono::milliseconds slide{env.args().get<std::int64_t>("slide", 10)};
  const auto keyed =
      bench::timed_events(env, env.args().get<std::uint64_t>("records", 50'000'000), "events")
          .key_by(&TimedEvent::key);
  const auto sum = [](const auto& windows) { return windows.sum(&TimedEvent::value); };
  const DataStream<TimedEvent> sums =
      kind == "session"   ? sum(keyed.window(EventTimeSessionWindows::with_gap(size)))
      : kind == "sliding" ? sum(keyed.window(SlidingEventTimeWindows::of(size, slide)))
                          : sum(keyed.window(TumblingEventTimeWindows::of(size)));
  sums.sink_to(BlackholeSink<TimedEvent>{});
  env.execute("windows");
}
