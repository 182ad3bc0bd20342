// SPDX-License-Identifier: Apache-2.0
// Results beside those that an oracle computed before the job began: where the two are not the same
// multiset the job fails. What it lets through is both, so that the sink's output is checked too.
#pragma once

#include <flink/flink.h>

#include <cstdint>
#include <string>
#include <vector>

namespace flink::test {

struct Counted {
  std::string line;
  std::int64_t count = 0;  // of the oracle: negative
};

class SameCount {
 public:
  void process_element(const Counted& in, KeyedContext<std::string>& ctx, Collector<std::string>&) {
    balance_.update(balance_.value_or(0) + in.count);
    if (in.count > 0) seen_.update(seen_.value_or(0) + in.count);
    ctx.timer_service().register_event_time_timer(max_timestamp);
  }
  void on_timer(Timestamp, KeyedContext<std::string>& ctx, Collector<std::string>& out) {
    const std::int64_t balance = balance_.value_or(0);
    if (balance != 0) {
      throw Error{ErrorKind::user, "'" + ctx.current_key() + "' came " +
                                       std::to_string(seen_.value_or(0)) + " times and should " +
                                       std::to_string(seen_.value_or(0) - balance) + " times"};
    }
    out.collect(ctx.current_key() + " x " + std::to_string(seen_.value_or(0)));
  }

 private:
  ValueState<std::int64_t> balance_{"balance"}, seen_{"seen"};
};

inline DataStream<std::string> checked(StreamExecutionEnvironment& env,
                                       const DataStream<std::string>& results,
                                       const std::vector<std::string>& expected) {
  std::vector<Counted> wanted;
  for (const auto& line : expected) wanted.push_back({line, -1});
  return results.map([](const std::string& line) {
                  return Counted{line, 1};
                })
      .union_with(env.from_collection(wanted))
      .key_by(&Counted::line)
      .process(SameCount{})
      .uid("checked");
}

}  // namespace flink::test
