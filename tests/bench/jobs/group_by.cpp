// SPDX-License-Identifier: Apache-2.0
// BATCH: a group-by of more keys than memory holds. Each of --keys keys comes --times times, 8
// bytes of key and 8 of count; the counts are right or the job fails.
#include <flink/flink.h>

#include <stdexcept>

#include "../records.h"

using namespace flink;

namespace {

struct Count {
  std::uint64_t key = 0;
  std::int64_t count = 0;
};
struct Total {
  std::int32_t nothing = 0;
  std::int64_t keys = 0, count = 0;
};

}  // namespace

void define_job(StreamExecutionEnvironment& env) {
  const auto keys = env.args().get<std::int64_t>("keys", 200'000'000);
  const auto times = env.args().get<std::int64_t>("times", 2);
  env.from_source(DataGeneratorSource<Count>(
                      [keys](std::int64_t n) {
                        return Count{bench::mix(static_cast<std::uint64_t>(n % keys)), 1};
                      },
                      keys * times),
                  WatermarkStrategy<Count>::no_watermarks(), "counts")
      .key_by(&Count::key)
      .sum(&Count::count)
      .map([times](const Count& count) {
        if (count.count != times) throw std::runtime_error("a count is wrong");
        return Total{0, 1, count.count};
      })
      .name("check")
      .key_by(&Total::nothing)
      .reduce([](const Total& a, const Total& b) {
        return Total{0, a.keys + b.keys, a.count + b.count};
      })
      .print();
  env.execute("group_by");
}
