// SPDX-License-Identifier: Apache-2.0
// Counts the words of a text: every update as a CSV line word,count. A word is a run of bytes other
// than the six ASCII white-space characters.
//   word_count --taskmanagers 2 --slots 2 -p 4 -- --input FILE [--output DIR]
// Without --output it prints them.
#include <flink/flink.h>

using namespace flink;

struct WordCount {
  std::string word;
  std::int64_t count = 0;
};

void define_job(StreamExecutionEnvironment& env) {
  const auto input = env.args().require("input");
  const auto output = env.args().get("output", "");
  auto counts = env.from_source(FileSource<std::string_view>::text(input),
                                WatermarkStrategy<std::string_view>::no_watermarks(), "lines")
                    .flat_map([](std::string_view line, Collector<WordCount>& out) {
                      for (auto word : split_whitespace(line)) {
                        out.collect({.word = std::string{word}, .count = 1});
                      }
                    })
                    .uid("split")
                    .key_by(&WordCount::word)
                    .sum(&WordCount::count)
                    .uid("count");
  if (output.empty()) {
    counts.print().uid("updates");
  } else {
    counts.sink_to(FileSink<WordCount>::csv(output)).uid("updates");
  }
  env.execute("Word Count");
}
