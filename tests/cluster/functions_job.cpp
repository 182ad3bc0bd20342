// SPDX-License-Identifier: Apache-2.0
// Counts events in buckets of 100 ms with keyed state and timers: each of the keys 0..9 has 10
// events in each bucket, said once when event time has passed its end. --mode snapshot-throws: a
// function that cannot be saved.
#include <flink/flink.h>

#include <stdexcept>

using namespace flink;

namespace {

struct Event {
  std::int64_t key = 0, at = 0;
};
struct Bucket {
  std::int64_t key = 0, end = 0, count = 0;
};

struct CountBuckets {
  MapState<std::int64_t, std::int64_t> counts{"counts"};  // by the bucket's end
  void process_element(const Event& in, KeyedContext<std::int64_t>& ctx, Collector<Bucket>&) {
    const std::int64_t end = in.at / 100 * 100 + 100;
    counts.put(end, counts.get_or(end, 0) + 1);
    ctx.timer_service().register_event_time_timer(timestamp_of_millis(end));
  }
  void on_timer(Timestamp at, KeyedContext<std::int64_t>& ctx, Collector<Bucket>& out) {
    const std::int64_t end = at.time_since_epoch().count();
    out.collect({ctx.current_key(), end, *counts.get(end)});
    counts.remove(end);
  }
};

struct Unsavable {
  void snapshot_state(FunctionSnapshotContext&) { throw std::runtime_error("nothing to save it"); }
  Event operator()(const Event& in) const { return in; }
};

}  // namespace

void define_job(StreamExecutionEnvironment& env) {
  const auto records = env.args().get<std::int64_t>("records", 10000);
  const auto rate = env.args().get<double>("rate", 1000);
  auto events =
      env.from_source(DataGeneratorSource(
                          [](std::int64_t i) {
                            return Event{i % 10, i};
                          },
                          records, RateLimiterStrategy::per_second(rate)),
                      WatermarkStrategy<Event>::for_monotonous_timestamps().with_timestamp_assigner(
                          &Event::at),
                      "events")
          .uid("events");
  if (env.args().get("mode", "count") == "snapshot-throws") {
    events = events.map(Unsavable{}).name("unsavable");
  }
  events.key_by(&Event::key)
      .process(CountBuckets{})
      .uid("buckets")
      .sink_to(FileSink<Bucket>::csv(env.args().require("output")))
      .uid("output");
}
