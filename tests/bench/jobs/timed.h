// SPDX-License-Identifier: Apache-2.0
// Records with timestamps, and a watermark every so many of them: of the jobs with event time.
#pragma once

#include <flink/flink.h>

#include "../records.h"

namespace bench {

struct EveryFew {
  std::uint64_t seen = 0;
  void on_event(const TimedEvent&, flink::Timestamp at, flink::WatermarkOutput& output) {
    if (++seen % watermark_every == 0) {
      output.emit_watermark(at - std::chrono::milliseconds{1});
    }
  }
  void on_periodic_emit(flink::WatermarkOutput&) {}
};

inline flink::DataStream<TimedEvent> timed_events(flink::StreamExecutionEnvironment& env,
                                                  std::uint64_t records, const char* name) {
  const auto keys = env.args().get<std::uint64_t>("keys", 1000);
  const auto per_ms = env.args().get<std::uint64_t>("per-ms", 1000);
  return env.from_source(flink::DataGeneratorSource<TimedEvent>(
                             [records, keys, per_ms](std::int64_t n) {
                               return make_timed_event(static_cast<std::uint64_t>(n), records, keys,
                                                       per_ms);
                             },
                             static_cast<std::int64_t>(records)),
                         flink::WatermarkStrategy<TimedEvent>::for_generator(EveryFew{})
                             .with_timestamp_assigner(&TimedEvent::at),
                         name);
}

}  // namespace bench
