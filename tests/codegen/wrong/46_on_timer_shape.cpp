// SPDX-License-Identifier: Apache-2.0
#include <flink/flink.h>

using namespace flink;

struct Reading {
  std::string sensor;
  std::int64_t at = 0;
};

struct Alarm {
  void process_element(const Reading& in, KeyedContext<std::string>&, Collector<Reading>& out) {
    out.collect(in);
  }
  void on_timer(std::int64_t at, KeyedContext<std::string>&, Collector<Reading>&) {}
};

void define_job(StreamExecutionEnvironment& env) {
  auto readings = env.from_data(Reading{"a", 1}, Reading{"b", 2});
  readings.key_by(&Reading::sensor).process(Alarm{}).uid("alarm").print();
}
