// SPDX-License-Identifier: Apache-2.0
// arguments: --count many
#include <flink/flink.h>

using namespace flink;

void define_job(StreamExecutionEnvironment& env) {
  env.from_sequence(1, env.args().require<std::int64_t>("count")).print();
}
