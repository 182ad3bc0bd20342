// SPDX-License-Identifier: Apache-2.0
// Reads clicks from CSV files, keeps the slow ones and writes who waited how long for what.
#include <flink/flink.h>

using namespace flink;

// Columns of the input, in order.
struct Click {
  std::string user;
  std::string url;
  std::optional<std::int32_t> status;  // empty: no answer
  double seconds = 0;
};

struct SlowPage {
  std::string url;
  std::string user;
  std::int64_t milliseconds = 0;
};

void define_job(StreamExecutionEnvironment& env) {
  const auto limit = env.args().get("slower-than", 1.0);
  env.from_source(FileSource<Click>::csv(env.args().require("input")).skip_first_line(),
                  WatermarkStrategy<Click>::no_watermarks(), "clicks")
      .filter([limit](const Click& click) { return click.status && click.seconds > limit; })
      .map([](const Click& click) {
        return SlowPage{click.url, click.user, static_cast<std::int64_t>(click.seconds * 1000)};
      })
      .sink_to(FileSink<SlowPage>::csv(env.args().require("output")));
  env.execute("Slow pages");
}
