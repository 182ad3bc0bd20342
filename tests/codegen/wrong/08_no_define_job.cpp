// SPDX-License-Identifier: Apache-2.0
#include <flink/flink.h>

using namespace flink;

struct Reading {
  std::string sensor;
  double value = 0;
};

Reading twice(const Reading& in) { return {in.sensor, in.value * 2}; }
