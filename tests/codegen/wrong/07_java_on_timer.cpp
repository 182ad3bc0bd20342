// SPDX-License-Identifier: Apache-2.0
#include <flink/flink.h>

using namespace flink;

struct Reading {
  std::string sensor;
  double value = 0;
};

struct Alarm {
  void process_element(const Reading& in, KeyedContext<std::string>&, Collector<Reading>& out) {
    out.collect(in);
  }
  void onTimer(Timestamp, KeyedContext<std::string>&, Collector<Reading>&) {}
};

void define_job(StreamExecutionEnvironment& env) {
  auto readings = env.from_data(Reading{"a", 1.5}, Reading{"b", 2.5});
  readings.key_by(&Reading::sensor).process(Alarm{}).print();
}
