// SPDX-License-Identifier: Apache-2.0
// A job with broadcast state of --rules rules of --bytes bytes each. Every number that comes later
// says how many rules it sees, and whether they are what they were.
//   large_state -- --rules N --bytes B --numbers M --rate R --output DIR
#include <flink/flink.h>

using namespace flink;

namespace {

struct Rule {
  std::int64_t number = 0;
  std::string text;
};
struct Seen {
  std::int64_t number = 0;
  std::int64_t rules = 0;
  std::int64_t bytes = 0;
  bool intact = true;
};

char letter_of(std::int64_t rule) { return static_cast<char>('a' + rule % 26); }

const BroadcastState<std::int64_t, Rule> rules{"rules"};

struct Look {
  void process_element(const std::int64_t& in, ReadOnlyContext& ctx, Collector<Seen>& out) {
    Seen seen{in, 0, 0, true};
    for (const auto& [number, rule] : ctx.get_broadcast_state(rules).entries()) {
      ++seen.rules;
      seen.bytes += static_cast<std::int64_t>(rule.text.size());
      seen.intact = seen.intact && rule.number == number &&
                    rule.text.front() == letter_of(number) && rule.text.back() == letter_of(number);
    }
    out.collect(seen);
  }
  void process_broadcast_element(const Rule& in, BroadcastContext& ctx, Collector<Seen>&) {
    ctx.get_broadcast_state(rules).put(in.number, in);
  }
};

}  // namespace

void define_job(StreamExecutionEnvironment& env) {
  const auto count = env.args().get<std::int64_t>("rules", 10);
  const auto bytes = static_cast<std::size_t>(env.args().get<std::int64_t>("bytes", 1000));
  const auto numbers = env.args().get<std::int64_t>("numbers", 1000);
  const auto rate = env.args().get<double>("rate", 100);
  const auto changes = env.from_source(DataGeneratorSource<Rule>(
                                           [bytes](std::int64_t n) {
                                             return Rule{n, std::string(bytes, letter_of(n))};
                                           },
                                           count),
                                       WatermarkStrategy<Rule>::no_watermarks(), "rules")
                           .set_parallelism(1)
                           .uid("rules")
                           .broadcast(rules);
  env.from_source(DataGeneratorSource<std::int64_t>([](std::int64_t n) { return n; }, numbers,
                                                    RateLimiterStrategy::per_second(rate)),
                  WatermarkStrategy<std::int64_t>::no_watermarks(), "numbers")
      .set_parallelism(1)
      .uid("numbers")
      .rebalance()
      .connect(changes)
      .process(Look{})
      .uid("look")
      .sink_to(FileSink<Seen>::csv(env.args().require("output")))
      .uid("seen");
  env.execute("large state");
}
