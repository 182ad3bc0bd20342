// SPDX-License-Identifier: Apache-2.0
#include <flink/fling.h>

void define_job(flink::StreamExecutionEnvironment& env) { env.from_sequence(1, 10).print(); }
