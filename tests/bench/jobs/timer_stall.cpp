// SPDX-License-Identifier: Apache-2.0
// make bench: timer_stall_ms. Each of the first records of a source sets a timer of its key; then
// one watermark fires all of them, while more records wait behind it and checkpoints go on.
//   --report FILE   each subtask writes FILE.<subtask> when it closes: how many milliseconds its
//                   timers took to fire, and those from one barrier to the next meanwhile, a line
//                   each
#include <chrono>
#include <fstream>
#include <vector>

#include "timed.h"

using namespace flink;
using bench::TimedEvent;
using Clock = std::chrono::steady_clock;

double ms_since(Clock::time_point then) {
  return std::chrono::duration<double, std::milli>(Clock::now() - then).count();
}

struct Alarm {
  std::string report;
  int subtask = 0;
  std::int64_t set = 0, fired = 0;
  Clock::time_point first, barrier;
  double took = 0;
  std::vector<double> gaps;

  void open(RuntimeContext& context) { subtask = context.subtask_index(); }
  void process_element(const TimedEvent& event, KeyedContext<std::uint64_t>& ctx,
                       Collector<TimedEvent>&) {
    if (event.value == 0) return;
    ctx.timer_service().register_event_time_timer(timestamp_of_millis(bench::timer_of(event)));
    ++set;
  }
  void on_timer(Timestamp at, KeyedContext<std::uint64_t>& ctx, Collector<TimedEvent>& out) {
    if (fired++ == 0) first = barrier = Clock::now();
    if ((fired & 1023) == 0) took = ms_since(first);
    out.collect({ctx.current_key(), at.time_since_epoch().count(), 1});
  }
  void snapshot_state(FunctionSnapshotContext&) {
    if (fired == 0 || fired == set) return;
    gaps.push_back(ms_since(barrier));
    barrier = Clock::now();
  }
  void close() {
    if (report.empty()) return;
    std::ofstream file{report + "." + std::to_string(subtask)};
    file << took << '\n';
    for (const double gap : gaps) file << gap << '\n';
  }
};

// One watermark, behind as many records as set timers.
struct Once {
  std::uint64_t left;
  void on_event(const TimedEvent&, Timestamp, WatermarkOutput& output) {
    if (left > 0 && --left == 0) output.emit_watermark(timestamp_of_millis(1'000'000'000));
  }
  void on_periodic_emit(WatermarkOutput&) {}
};

void define_job(StreamExecutionEnvironment& env) {
  const auto timers = env.args().get<std::uint64_t>("timers", 10'000'000);
  const auto records = timers + env.args().get<std::uint64_t>("more", 2'000'000);
  Alarm alarm;
  alarm.report = env.args().get("report", "");
  env.from_source(DataGeneratorSource<TimedEvent>(
                      [timers, records](std::int64_t n) {
                        const auto of_half = static_cast<std::uint64_t>(n) % (records / 2);
                        return TimedEvent{.key = static_cast<std::uint64_t>(n),
                                          .at = 0,
                                          .value = of_half < timers / 2 ? 1 : 0};
                      },
                      static_cast<std::int64_t>(records)),
                  WatermarkStrategy<TimedEvent>::for_generator(Once{timers / 2})
                      .with_timestamp_assigner(&TimedEvent::at),
                  "events")
      .key_by(&TimedEvent::key)
      .process(alarm)
      .sink_to(BlackholeSink<TimedEvent>{});
  env.execute("timer_stall");
}
