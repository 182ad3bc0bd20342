// SPDX-License-Identifier: Apache-2.0
#include <flink/flink.h>

using namespace flink;

struct Reading {
  std::string sensor;
  std::int64_t at = 0;
};

struct Marks {
  void on_event(const Reading&, Timestamp at, WatermarkOutput& out) { out.emit_watermark(at); }
};

void define_job(StreamExecutionEnvironment& env) {
  auto readings = env.from_data(Reading{"a", 1}, Reading{"b", 2});
  readings.assign_timestamps_and_watermarks(WatermarkStrategy<Reading>::for_generator(Marks{}))
      .print();
}
