// SPDX-License-Identifier: Apache-2.0
#include <flink/flink.h>

using namespace flink;

int main() {
  StreamExecutionEnvironment env{{}};
  env.from_sequence(1, 10).print();
  env.execute("numbers");
}
