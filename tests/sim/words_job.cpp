// SPDX-License-Identifier: Apache-2.0
// A word count that lasts as long as one likes: lines are made at a rate, every update is written.
// Its output is the same multiset of lines in every run.
#include <flink/flink.h>

#include <cstdint>
#include <string>
#include <string_view>

using namespace flink;

struct Tally {
  std::string word;
  std::int64_t count = 0;
};

// Five words of a vocabulary of 60; some much more often than others.
std::string line_of(std::int64_t index) {
  std::string line;
  auto bits = static_cast<std::uint64_t>(index) * 0x9e3779b97f4a7c15ull;
  for (int i = 0; i < 5; ++i) {
    bits ^= bits >> 29;
    bits *= 0xbf58476d1ce4e5b9ull;
    const auto word = (bits >> 40) % 60 * ((bits >> 33) % 4) / 3;
    line += "word" + std::to_string(word) + " ";
  }
  return line;
}

void define_job(StreamExecutionEnvironment& env) {
  const auto records = env.args().get<std::int64_t>("records", 2000);
  const auto rate = env.args().get<double>("rate", 0);
  const auto strategy =
      rate > 0 ? RateLimiterStrategy::per_second(rate) : RateLimiterStrategy::no_op();
  env.from_source(DataGeneratorSource(line_of, records, strategy),
                  WatermarkStrategy<std::string>::no_watermarks(), "lines")
      .uid("lines")
      .flat_map([](const std::string& line, Collector<Tally>& out) {
        for (const auto word : split_whitespace(line)) out.collect({std::string{word}, 1});
      })
      .uid("words")
      .key_by(&Tally::word)
      .sum(&Tally::count)
      .uid("counts")
      .sink_to(FileSink<Tally>::csv(env.args().require("output")))
      .uid("out");
  env.execute("Words");
}
