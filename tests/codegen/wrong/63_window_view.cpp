// SPDX-License-Identifier: Apache-2.0
#include <flink/flink.h>

using namespace flink;
using namespace std::chrono_literals;

struct Reading {
  std::string sensor;
  double value = 0;
};

struct Names {
  void process(const std::string&, WindowContext<TimeWindow>&, Elements<Reading> readings,
               Collector<std::string_view>& out) {
    out.collect(readings.front().sensor);
  }
};

void define_job(StreamExecutionEnvironment& env) {
  auto readings = env.from_data(Reading{"a", 1.5}, Reading{"b", 2.5});
  readings.key_by(&Reading::sensor)
      .window(TumblingEventTimeWindows::of(1min))
      .process(Names{})
      .print();
}
