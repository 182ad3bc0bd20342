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
  void process_element(const Reading& in, KeyedReadOnlyContext<std::string>&,
                       Collector<Reading>& out) {
    out.collect(in);
  }
};

void define_job(StreamExecutionEnvironment& env) {
  const BroadcastState<std::string, Rule> rules{"rules"};
  auto readings = env.from_data(Reading{"a", 1}, Reading{"b", 2});
  auto changes = env.from_data(Rule{"x"}).broadcast(rules);
  readings.key_by(&Reading::sensor).connect(changes).process(Match{}).print();
}
