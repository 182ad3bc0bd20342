// SPDX-License-Identifier: Apache-2.0
#include <string>

void define_job(StreamExecutionEnvironment& env) {
  env.from_sequence(1, 10).print();
}
