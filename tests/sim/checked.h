// SPDX-License-Identifier: Apache-2.0
// Results beside those that an oracle computed before the job began: where the two are not the same
// multiset the job fails. What it lets through is both, so that the sink's output is checked too.
#pragma once

#include <flink/flink.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <random>
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

// A job whose stream, windows, bounds, ... are drawn by --data: what it gives, and what it should.
class Checked {
 public:
  // Writes what agrees to --output.
  void execute(StreamExecutionEnvironment& env, const std::string& name) const {
    std::vector<Counted> wanted;
    for (const auto& line : expected_) wanted.push_back({line, -1});
    results_->map([](const std::string& line) {
              return Counted{line, 1};
            })
        .union_with(env.from_collection(wanted))
        .key_by(&Counted::line)
        .process(SameCount{})
        .uid("checked")
        .sink_to(FileSink<std::string>::text(env.args().require("output")))
        .uid("out");
    env.execute(name);
  }

 protected:
  explicit Checked(const StreamExecutionEnvironment& env)
      : seed_(static_cast<std::uint64_t>(env.args().get<std::int64_t>("data", 1))),
        records_(env.args().get<std::int64_t>("records", 1200)),
        random_(seed_) {}

  static std::chrono::milliseconds ms(std::int64_t millis) {
    return std::chrono::milliseconds{millis};
  }
  // The same at any rate and parallelism.
  static std::uint64_t mixed(std::uint64_t seed, std::int64_t index) {
    std::uint64_t x = seed * 0x9e3779b97f4a7c15ull + static_cast<std::uint64_t>(index) + 1;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ull;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebull;
    return x ^ (x >> 31);
  }
  // make(i) for each of the records.
  template <class Make>
  static auto generator(const StreamExecutionEnvironment& env, Make make, std::int64_t records) {
    const auto rate = env.args().get<double>("rate", 0);
    return DataGeneratorSource(
        make, records,
        rate > 0 ? RateLimiterStrategy::per_second(rate) : RateLimiterStrategy::no_op());
  }
  std::int64_t below(std::int64_t n) {
    return static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(n));
  }
  void take(const DataStream<std::string>& some) {
    results_ = results_ ? results_->union_with(some) : some;
  }
  void expect(std::string line) { expected_.push_back(std::move(line)); }

  const std::uint64_t seed_;
  const std::int64_t records_;

 private:
  std::mt19937_64 random_;
  std::optional<DataStream<std::string>> results_;
  std::vector<std::string> expected_;
};

}  // namespace flink::test
