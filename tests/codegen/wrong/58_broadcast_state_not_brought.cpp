// SPDX-License-Identifier: Apache-2.0
#include <flink/flink.h>

using namespace flink;

struct Reading {
  std::string sensor;
  std::int64_t at = 0;
};

struct Rule {
  std::string name;
};
struct Match {
  BroadcastState<std::string, Rule> limits{"limits"};
  void process_element(const Reading& in, ReadOnlyContext&, Collector<Reading>& out) {
    out.collect(in);
  }
  void process_broadcast_element(const Rule&, BroadcastContext&, Collector<Reading>&) {}
};

void define_job(StreamExecutionEnvironment& env) {
  const BroadcastState<std::string, Rule> rules{"rules"};
  auto readings = env.from_data(Reading{"a", 1}, Reading{"b", 2});
  auto changes = env.from_data(Rule{"x"}).broadcast(rules);
  readings.connect(changes).process(Match{}).uid("match").print();
}
