// SPDX-License-Identifier: Apache-2.0
// make bench: interval_join, of two streams that come side by side.
#include "timed.h"

using namespace flink;
using namespace std::chrono_literals;
using bench::TimedEvent;

struct Pair {
  void process_element(const TimedEvent& left, const TimedEvent& right, ProcessJoinContext&,
                       Collector<TimedEvent>& out) {
    out.collect({left.key, right.at, left.value + right.value});
  }
};

void define_job(StreamExecutionEnvironment& env) {
  const auto records = env.args().get<std::uint64_t>("records", 50'000'000);
  const auto left = bench::timed_events(env, records / 2, "left").key_by(&TimedEvent::key);
  const auto right = bench::timed_events(env, records / 2, "right").key_by(&TimedEvent::key);
  left.interval_join(right).between(-5ms, 5ms).process(Pair{}).sink_to(BlackholeSink<TimedEvent>{});
  env.execute("interval_join");
}
