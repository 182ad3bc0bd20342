// SPDX-License-Identifier: Apache-2.0
// Top speed of cars: every 50 m that a car has driven, the fastest moment of its last 10 seconds.
// One window of all of its events, from which an evictor takes old ones, and which a trigger fires
// by distance.
#include <flink/flink.h>

using namespace flink;
using namespace std::chrono_literals;

// Columns of the input, in order.
struct CarEvent {
  int car = 0;
  int speed = 0;        // km/h
  double distance = 0;  // m, driven so far
  Timestamp at;
};

double driven(const CarEvent& before, const CarEvent& now) {
  return now.distance - before.distance;
}

void define_job(StreamExecutionEnvironment& env) {
  env.from_source(FileSource<CarEvent>::csv(env.args().require("input")).skip_first_line(),
                  WatermarkStrategy<CarEvent>::for_monotonous_timestamps().with_timestamp_assigner(
                      &CarEvent::at),
                  "cars")
      .uid("cars")
      .key_by(&CarEvent::car)
      .window(GlobalWindows::create())
      .evictor(TimeEvictor::of(10s))
      .trigger(DeltaTrigger<CarEvent>::of(50, driven))
      .max_by(&CarEvent::speed)
      .uid("top-speed")
      .sink_to(FileSink<CarEvent>::csv(env.args().require("output")))
      .uid("output");
  env.execute("Top speed");
}
