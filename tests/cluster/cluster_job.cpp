// SPDX-License-Identifier: Apache-2.0
// The job of the cluster tests: --mode says what it does. Counts are exact whatever is killed: each
// of the --keys (10) counts 1, 2, ... records/keys, every update written once.
#include <flink/flink.h>
#include <unistd.h>

#include <cstdint>
#include <stdexcept>
#include <string>

namespace {

struct Tally {
  std::int64_t key = 0;
  std::int64_t count = 0;
};

// What one record of a bad mode does, in subtask-independent ways.
void misbehave(const std::string& mode, std::int64_t index) {
  if (index != 1000) return;
  if (mode == "throw") throw std::runtime_error("the record is cursed");
  if (mode == "segfault") {
    volatile std::uintptr_t nowhere = 8;
    *reinterpret_cast<volatile int*>(nowhere) = 1;
  }
  if (mode == "hang") {
    for (volatile bool forever = true; forever;) {
    }
  }
}

// Lets nothing through before that file is there.
auto held_until(std::string gate) {
  return [gate = std::move(gate)](const Tally& tally) {
    while (::access(gate.c_str(), F_OK) != 0) ::usleep(1000);
    return tally;
  };
}

}  // namespace

void define_job(flink::StreamExecutionEnvironment& env) {
  using namespace flink;
  const auto mode = env.args().get("mode", "count");
  if (mode == "define-throws") throw std::runtime_error("define_job gave up");
  if (mode == "empty") return;
  const auto records = env.args().get<std::int64_t>("records", 10000);
  const auto rate = env.args().get<double>("rate", 0);
  const auto keys = env.args().get<std::int64_t>("keys", 10);
  auto strategy = rate > 0 ? RateLimiterStrategy::per_second(rate) : RateLimiterStrategy::no_op();
  auto tallies = env.from_source(DataGeneratorSource(
                                     [mode, keys](std::int64_t index) {
                                       misbehave(mode, index);
                                       return Tally{index % keys, 1};
                                     },
                                     records, strategy),
                                 WatermarkStrategy<Tally>::no_watermarks(), "numbers")
                     .key_by(&Tally::key)
                     .sum(&Tally::count);
  // Depends on more than its arguments: must be found out.
  if (mode == "impure") tallies.set_max_parallelism(200 + static_cast<int>(getpid() % 50));
  if (mode == "another-job") tallies.uid("of-another-job");
  if (env.args().has("gate")) tallies = tallies.map(held_until(env.args().require("gate")));
  if (env.args().has("output")) {
    tallies.sink_to(FileSink<Tally>::csv(env.args().require("output")));
  } else {
    tallies.print();
  }
  env.execute("Tallies");
}
