// SPDX-License-Identifier: Apache-2.0
// Windows and timers against Flink: expected.txt is what Flink 2.3 answered, firing by firing, for
// the same programs over the same stream. Its elements are out of order, some by 3.5 s; the
// watermark follows each of them at once, half a second behind, so that every run is the same.
// --pause-micros: so long each element takes, for whoever wants to disturb the run.
#include <flink/flink.h>

#include <thread>

using namespace flink;
using namespace std::chrono_literals;

struct Event {
  std::int64_t seq = 0, key = 0, value = 0, ts = 0;
};

class EveryEvent {
 public:
  void on_event(const Event&, Timestamp at, WatermarkOutput& output) {
    if (at > greatest_) greatest_ = at;
    output.emit_watermark(greatest_ - 501ms);
  }
  void on_periodic_emit(WatermarkOutput&) {}

 private:
  Timestamp greatest_ = min_timestamp + 501ms;
};

std::string millis(Timestamp at) { return std::to_string(at.time_since_epoch().count()); }
std::string bounds(const TimeWindow& window) {
  return millis(window.start()) + "," + millis(window.end());
}
std::string bounds(const GlobalWindow&) { return "-,-"; }

// program,key,start,end,count,sum,the elements in order
template <class W>
struct Describe {
  std::string program;

  void process(const std::int64_t& key, WindowContext<W>& ctx, Elements<Event> elements,
               Collector<std::string>& out) {
    std::int64_t count = 0, sum = 0;
    std::string seqs;
    for (const Event& event : elements) {
      ++count;
      sum += event.value;
      seqs += (seqs.empty() ? "" : " ") + std::to_string(event.seq);
    }
    out.collect(program + "," + std::to_string(key) + "," + bounds(ctx.window()) + "," +
                std::to_string(count) + "," + std::to_string(sum) + "," + seqs);
  }
};

Event greatest(const Event& a, const Event& b) {
  return {std::max(a.seq, b.seq), a.key, std::max(a.value, b.value), std::max(a.ts, b.ts)};
}

struct Timers {
  ValueState<std::int64_t> n{"n"};

  void process_element(const Event& event, KeyedContext<std::int64_t>& ctx,
                       Collector<std::string>&) {
    n.update(n.value_or(0) + 1);
    const Timestamp at = timestamp_of_millis(event.ts - event.ts % 250 + 250);
    ctx.timer_service().register_event_time_timer(at);
    if (event.value % 10 == 0) ctx.timer_service().delete_event_time_timer(at);
  }
  void on_timer(Timestamp at, KeyedContext<std::int64_t>& ctx, Collector<std::string>& out) {
    out.collect("timers-250," + std::to_string(ctx.current_key()) + "," + millis(at) + ",-," +
                std::to_string(*n.value()) + ",0," + millis(*ctx.timestamp()));
  }
};

void define_job(StreamExecutionEnvironment& env) {
  const auto output = env.args().require("output");
  const std::chrono::microseconds pause{env.args().get<std::int64_t>("pause-micros", 0)};
  const auto events =
      env.from_source(FileSource<Event>::csv(env.args().require("input")).skip_first_line(),
                      WatermarkStrategy<Event>::for_generator(EveryEvent{})
                          .with_timestamp_assigner([](const Event& event) { return event.ts; }),
                      "events")
          .set_parallelism(1)
          .map([pause](const Event& event) {
            if (pause.count() > 0) std::this_thread::sleep_for(pause);
            return event;
          })
          .set_parallelism(1)
          .key_by(&Event::key);
  DataStream<std::string> all = events.process(Timers{});
  const auto add = [&all](const DataStream<std::string>& results) {
    all = all.union_with(results);
  };

  const auto with_late = [&](const std::string& program, const auto& windows, auto function) {
    const OutputTag<Event> tag{"late"};
    const auto results = windows.side_output_late_data(tag).process(std::move(function));
    add(results);
    add(results.get_side_output(tag).map([program](const Event& event) {
      return program + ".late," + std::to_string(event.key) + ",-,-,1," +
             std::to_string(event.value) + "," + std::to_string(event.seq);
    }));
  };
  const auto timed = [&](const std::string& program, const auto& windows) {
    with_late(program, windows, Describe<TimeWindow>{program});
  };
  const auto global = [&](const std::string& program, const auto& windows) {
    add(windows.process(Describe<GlobalWindow>{program}));
  };

  timed("tumbling-1s", events.window(TumblingEventTimeWindows::of(1s)));
  timed("tumbling-1s-offset-300-late-2s",
        events.window(TumblingEventTimeWindows::of(1s, 300ms)).allowed_lateness(2s));
  timed("sliding-2s-500", events.window(SlidingEventTimeWindows::of(2s, 500ms)));
  timed("session-400", events.window(EventTimeSessionWindows::with_gap(400ms)));
  timed("session-400-late-1500",
        events.window(EventTimeSessionWindows::with_gap(400ms)).allowed_lateness(1500ms));
  timed("tumbling-2s-count-3",
        events.window(TumblingEventTimeWindows::of(2s)).trigger(CountTrigger::of(3)));
  timed("tumbling-2s-time-evictor",
        events.window(TumblingEventTimeWindows::of(2s)).evictor(TimeEvictor::of(600ms)));
  global("count-6", events.count_window(6));
  global("global-count-4-keep", events.window(GlobalWindows::create())
                                    .trigger(CountTrigger::of(4))
                                    .evictor(CountEvictor::of(6)));
  add(events.window(TumblingEventTimeWindows::of(1s))
          .allowed_lateness(1s)
          .reduce(greatest, [](const std::int64_t& key, WindowContext<TimeWindow>& ctx,
                               const Event& event, Collector<std::string>& out) {
            out.collect("reduce-max-1s-late-1s," + std::to_string(key) + "," +
                        bounds(ctx.window()) + ",1," + std::to_string(event.value) + "," +
                        std::to_string(event.seq));
          }));

  all.sink_to(FileSink<std::string>::text(output));
  env.execute("Windows against Flink");
}
