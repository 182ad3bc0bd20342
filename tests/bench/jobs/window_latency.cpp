// SPDX-License-Identifier: Apache-2.0
// make bench: window_latency_p99_ms. Tumbling windows at --rate records a second; how long it is
// from the watermark that closes a window, the later of both sources', to each of its results.
//   --report FILE   each subtask writes FILE.<subtask> when it closes: milliseconds, one a line
#include <atomic>
#include <chrono>
#include <fstream>
#include <memory>
#include <vector>

#include "timed.h"

using namespace flink;
using bench::TimedEvent;
using Clock = std::chrono::steady_clock;

constexpr std::int64_t window_ms = 100;
std::array<std::atomic<std::int64_t>, 1 << 16> closed_at;  // by window, in nanoseconds

std::int64_t nanos() { return Clock::now().time_since_epoch().count(); }

struct Stamping {
  std::uint64_t seen = 0;
  std::size_t stamped = 0;
  void on_event(const TimedEvent&, Timestamp at, WatermarkOutput& output) {
    if (++seen % 100 != 0) return;
    const auto windows = static_cast<std::size_t>(at.time_since_epoch().count() / window_ms);
    const std::int64_t now = nanos();
    for (; stamped < std::min(windows, closed_at.size()); ++stamped) {
      std::int64_t before = closed_at[stamped].load();
      while (before < now && !closed_at[stamped].compare_exchange_weak(before, now)) {
      }
    }
    output.emit_watermark(at - std::chrono::milliseconds{1});
  }
  void on_periodic_emit(WatermarkOutput&) {}
};

struct Measure {
  std::string report;
  int subtask = 0;
  std::vector<double> waits;

  void open(RuntimeContext& context) { subtask = context.subtask_index(); }
  void process_element(const TimedEvent& sum, ProcessContext&, Collector<TimedEvent>& out) {
    const auto window = static_cast<std::size_t>(sum.at / window_ms);
    // Not the first windows, and not those that the end of the input closes.
    if (window > 20 && window < closed_at.size() && closed_at[window] > 0) {
      waits.push_back(static_cast<double>(nanos() - closed_at[window]) / 1e6);
    }
    out.collect(sum);
  }
  void close() {
    std::ofstream file{report + "." + std::to_string(subtask)};
    for (const double wait : waits) file << wait << '\n';
  }
};

void define_job(StreamExecutionEnvironment& env) {
  const auto records = env.args().get<std::uint64_t>("records", 20'000'000);
  const auto keys = env.args().get<std::uint64_t>("keys", 10'000);
  const auto rate = env.args().get<double>("rate", 1e6);
  const auto per_ms = std::max<std::uint64_t>(1, static_cast<std::uint64_t>(rate / 2000));
  env.from_source(DataGeneratorSource<TimedEvent>(
                      [records, keys, per_ms](std::int64_t n) {
                        return bench::make_timed_event(static_cast<std::uint64_t>(n), records, keys,
                                                       per_ms);
                      },
                      static_cast<std::int64_t>(records), RateLimiterStrategy::per_second(rate)),
                  WatermarkStrategy<TimedEvent>::for_generator(Stamping{})
                      .with_timestamp_assigner(&TimedEvent::at),
                  "events")
      .key_by(&TimedEvent::key)
      .window(TumblingEventTimeWindows::of(std::chrono::milliseconds{window_ms}))
      .sum(&TimedEvent::value)
      .process(Measure{env.args().get("report", "latency"), 0, {}})
      .sink_to(BlackholeSink<TimedEvent>{});
  env.execute("window_latency");
}
