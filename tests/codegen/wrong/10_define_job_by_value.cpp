// SPDX-License-Identifier: Apache-2.0
#include <flink/flink.h>

using namespace flink;

void define_job(StreamExecutionEnvironment env) {
  env.from_sequence(1, 10).print();
}
