// SPDX-License-Identifier: Apache-2.0
// Counts the words that a TCP server sends, a window of five seconds at a time. A line begins with
// its time in seconds: "12 to be or not to be". Try it with: nc -lk 9999
#include <flink/flink.h>

using namespace flink;
using namespace std::chrono_literals;

struct Word {
  std::string word;
  std::int64_t count = 0;
};
struct WindowCount {
  std::int64_t second = 0;  // the window's first
  std::string word;
  std::int64_t count = 0;
};

struct SayWindow {
  void process(const std::string&, WindowContext<TimeWindow>& ctx, const Word& counted,
               Collector<WindowCount>& out) {
    const auto start = ctx.window().start().time_since_epoch();
    out.collect(
        {std::chrono::floor<std::chrono::seconds>(start).count(), counted.word, counted.count});
  }
};

Timestamp time_of(std::string_view line) {
  std::int64_t seconds = 0;
  for (const char c : line.substr(0, line.find(' '))) {
    if (c >= '0' && c <= '9') seconds = 10 * seconds + (c - '0');
  }
  return Timestamp{std::chrono::seconds{seconds}};
}

void define_job(StreamExecutionEnvironment& env) {
  const auto host = env.args().get("host", "localhost");
  const auto port = env.args().get<std::uint16_t>("port", 9999);
  env.socket_text_stream(host, port)
      .assign_timestamps_and_watermarks(
          WatermarkStrategy<std::string>::for_bounded_out_of_orderness(2s).with_timestamp_assigner(
              time_of))
      .flat_map([](std::string_view line, Collector<Word>& out) {
        const auto space = line.find(' ');
        if (space == std::string_view::npos) return;
        for (auto word : split_whitespace(line.substr(space))) out.collect({std::string{word}, 1});
      })
      .key_by(&Word::word)
      .window(TumblingEventTimeWindows::of(5s))
      .reduce(
          [](const Word& a, const Word& b) {
            return Word{a.word, a.count + b.count};
          },
          SayWindow{})
      .print();
  env.execute("Window Word Count");
}
