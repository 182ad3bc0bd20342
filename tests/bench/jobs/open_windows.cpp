// SPDX-License-Identifier: Apache-2.0
// make bench: windows over the memory budget, and tests/bench/open_windows.py: as many windows open
// at once as there are records, each with its timer; all fire at the end of the input.
//   --report FILE   each subtask writes FILE.<subtask> when it closes: its results and their sum
#include <flink/flink.h>

#include <fstream>

#include "../records.h"

using namespace flink;
using namespace std::chrono_literals;
using bench::TimedEvent;

struct Tell {
  std::string report;
  int subtask = 0;
  std::int64_t results = 0, sum = 0;

  void open(RuntimeContext& context) { subtask = context.subtask_index(); }
  void process_element(const TimedEvent& in, ProcessContext&, Collector<TimedEvent>& out) {
    ++results;
    sum += in.value;
    out.collect(in);
  }
  void close() {
    if (report.empty()) return;
    std::ofstream{report + "." + std::to_string(subtask)} << results << ' ' << sum << '\n';
  }
};

void define_job(StreamExecutionEnvironment& env) {
  const auto windows = env.args().get<std::int64_t>("windows", 1'000'000);
  const auto rounds = env.args().get<std::int64_t>("rounds", 1);  // records a window
  env.from_source(
         DataGeneratorSource<TimedEvent>(
             [windows](std::int64_t n) {
               const std::int64_t window = n % windows;
               return TimedEvent{.key = static_cast<std::uint64_t>(window / 10),
                                 .at = window % 10 * 3'600'000,
                                 .value = 1};
             },
             windows * rounds),
         WatermarkStrategy<TimedEvent>::no_watermarks().with_timestamp_assigner(&TimedEvent::at),
         "events")
      .key_by(&TimedEvent::key)
      .window(TumblingEventTimeWindows::of(1h))
      .sum(&TimedEvent::value)
      .process(Tell{env.args().get("report", ""), 0, 0, 0})
      .sink_to(BlackholeSink<TimedEvent>{});
  env.execute("open_windows");
}
