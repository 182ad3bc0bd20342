// SPDX-License-Identifier: Apache-2.0
// Counts the words that a TCP server sends, and prints every update. Try it with: nc -lk 9999
#include <flink/flink.h>

using namespace flink;

struct WordCount {
  std::string word;
  std::int64_t count = 0;
};

void define_job(StreamExecutionEnvironment& env) {
  const auto host = env.args().get("host", "localhost");
  const auto port = env.args().get<std::uint16_t>("port", 9999);
  env.socket_text_stream(host, port)
      .flat_map([](std::string_view line, Collector<WordCount>& out) {
        for (auto word : split_whitespace(line)) {
          out.collect({.word = std::string{word}, .count = 1});
        }
      })
      .key_by(&WordCount::word)
      .sum(&WordCount::count)
      .print();
  env.execute("Socket Word Count");
}
