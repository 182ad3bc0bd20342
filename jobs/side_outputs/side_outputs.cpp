// SPDX-License-Identifier: Apache-2.0
// One input, three outputs: numbers, what is none, and which lines are empty.
#include <flink/flink.h>

#include <charconv>

using namespace flink;

struct Number {
  std::string sign;
  std::int64_t value = 0;
};

// Tags are values: the function and whoever reads the output name the same one.
struct ParseNumbers {
  OutputTag<std::string> rejected{"rejected"};
  OutputTag<std::int64_t> empty{"empty"};

  void process_element(const std::string& line, ProcessContext& ctx, Collector<Number>& out) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), value);
    if (line.empty()) {
      ctx.output(empty, 1);
    } else if (error != std::errc{} || end != line.data() + line.size()) {
      ctx.output(rejected, line);
    } else {
      out.collect({value < 0 ? "negative" : "positive", value});
    }
  }
};

void define_job(StreamExecutionEnvironment& env) {
  const ParseNumbers parse;
  auto numbers = env.from_source(FileSource<std::string>::text(env.args().require("input")),
                                 WatermarkStrategy<std::string>::no_watermarks(), "lines")
                     .process(parse)
                     .uid("parse");
  numbers.key_by(&Number::sign)
      .max(&Number::value)
      .map([](const Number& n) { return n.sign; })
      .print("number");
  numbers.get_side_output(parse.rejected).print("rejected");
  numbers.get_side_output(parse.empty).print("empty");
  env.execute("Side outputs");
}
