// SPDX-License-Identifier: Apache-2.0
// Three streams of one type become one, spread evenly over all subtasks; the squares go to a
// directory as text.
#include <flink/flink.h>

using namespace flink;

void define_job(StreamExecutionEnvironment& env) {
  auto small = env.from_sequence(1, 5);
  auto medium = env.from_sequence(10, 12);
  auto few = env.from_data(std::int64_t{100}, std::int64_t{200});
  small.union_with(medium, few)
      .rebalance()
      .map([](const std::int64_t& n) { return n * n; })
      .sink_to(FileSink<std::int64_t>::text(env.args().require("output")));
  env.execute("Squares");
}
