// SPDX-License-Identifier: Apache-2.0
// Reads what other programs write, in the form that --read says, and prints it or writes it to
// --output as CSV; with --second, the lines of that, too.
#include <flink/flink.h>

#include <optional>
#include <string>

namespace {

struct Amount {
  std::string name;
  double value = 0;
};
struct Ratio {
  float value = 0;
};
struct Number {
  double value = 0;
};
struct Note {
  std::optional<std::string> text;
};
struct Moment {
  flink::Timestamp at{};
};

template <class T>
void run(flink::StreamExecutionEnvironment& env, const flink::FileSource<T>& source,
         const std::string& name = "records") {
  using namespace flink;
  auto records = env.from_source(source, WatermarkStrategy<T>::no_watermarks(), name);
  if (env.args().has("output")) records.sink_to(FileSink<T>::csv(env.args().require("output")));
  else records.print();
}

template <class T>
void run_csv(flink::StreamExecutionEnvironment& env, const std::string& input) {
  auto source = flink::FileSource<T>::csv(input);
  if (env.args().has("multi-line")) source = source.multi_line();
  if (env.args().has("header")) source = source.skip_first_line();
  run(env, source);
}

}  // namespace

void define_job(flink::StreamExecutionEnvironment& env) {
  using namespace flink;
  const auto read = env.args().get("read", "text");
  const auto input = env.args().get("input", "/dev/stdin");
  if (read == "text") run(env, FileSource<std::string>::text(input));
  if (env.args().has("second")) {
    run(env, FileSource<std::string>::text(env.args().require("second")), "second");
  }
  if (read == "amounts") run_csv<Amount>(env, input);
  if (read == "named") {
    run(env, FileSource<Amount>::of(input, CsvFormat<Amount>{}.with_header().allow_comments()));
  }
  if (read == "ratios") run_csv<Ratio>(env, input);
  if (read == "numbers") run_csv<Number>(env, input);
  if (read == "notes") run_csv<Note>(env, input);
  if (read == "moments") run_csv<Moment>(env, input);
  if (read == "socket") {
    const auto port = env.args().get<std::uint16_t>("port", 0);
    env.socket_text_stream(env.args().get("host", "localhost"), port).print();
  }
  env.execute("Sources");
}
