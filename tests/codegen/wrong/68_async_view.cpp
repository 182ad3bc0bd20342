// SPDX-License-Identifier: Apache-2.0
#include <flink/flink.h>

using namespace flink;
using namespace std::chrono_literals;

struct Ask {
  void async_invoke(const std::string_view& line, ResultFuture<std::size_t> future) {
    future.complete({line.size()});
  }
};

void define_job(StreamExecutionEnvironment& env) {
  auto lines = env.from_source(FileSource<std::string_view>::text("in.txt"),
                               WatermarkStrategy<std::string_view>::no_watermarks(), "lines");
  AsyncDataStream::ordered_wait(lines, Ask{}, 1s).print();
}
