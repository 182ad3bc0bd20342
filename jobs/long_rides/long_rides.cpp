// SPDX-License-Identifier: Apache-2.0
// Taxi rides of more than two hours: said as soon as it is certain, by a timer if the ride has not
// ended by then. Starts and ends may come in either order.
#include <flink/flink.h>

using namespace flink;
using namespace std::chrono_literals;

// Columns of the input, in order.
struct RideEvent {
  std::int64_t ride = 0;
  bool starts = false;
  std::int64_t taxi = 0;
  Timestamp at;
};
struct LongRide {
  std::int64_t ride = 0;
};

struct FindLongRides {
  static constexpr auto limit = 2h;
  ValueState<RideEvent> first{"first"};  // of the ride's two events, until the other is there

  void process_element(const RideEvent& event, KeyedContext<std::int64_t>& ctx,
                       Collector<LongRide>& out) {
    const RideEvent* const other = first.value();
    if (other == nullptr) {
      if (event.starts) ctx.timer_service().register_event_time_timer(event.at + limit);
      first.update(event);
      return;
    }
    const RideEvent& start = event.starts ? event : *other;
    const RideEvent& end = event.starts ? *other : event;
    if (end.at - start.at > limit) out.collect({event.ride});
    if (other->starts) ctx.timer_service().delete_event_time_timer(other->at + limit);
    first.clear();
  }
  void on_timer(Timestamp, KeyedContext<std::int64_t>& ctx, Collector<LongRide>& out) {
    out.collect({ctx.current_key()});
    first.clear();
  }
};

// A ride that was said by the timer says so again when its end comes: once is enough.
struct Once {
  ValueState<bool> said{"said"};

  void process_element(const LongRide& ride, KeyedContext<std::int64_t>&,
                       Collector<LongRide>& out) {
    if (said.value_or(false)) return;
    said.update(true);
    out.collect(ride);
  }
};

void define_job(StreamExecutionEnvironment& env) {
  env.from_source(
         FileSource<RideEvent>::csv(env.args().require("input")).skip_first_line(),
         WatermarkStrategy<RideEvent>::for_bounded_out_of_orderness(1min).with_timestamp_assigner(
             &RideEvent::at),
         "rides")
      .uid("rides")
      .key_by(&RideEvent::ride)
      .process(FindLongRides{})
      .uid("long-rides")
      .key_by(&LongRide::ride)
      .process(Once{})
      .uid("once")
      .sink_to(FileSink<LongRide>::csv(env.args().require("output")))
      .uid("out");
  env.execute("Long Rides");
}
