// SPDX-License-Identifier: Apache-2.0
// Structured bindings for 65 to 128 fields: most of what rungs.h would cost. flinkc precompiles
// this; who compiles a job otherwise includes it for such a record.
#pragma once

#include <flink/types/rungs.h>

namespace flink::detail {

// clang-format off
FLINK_RUNGS_8(64, j, FLINK_FIELDS_TO_64)
FLINK_RUNGS_8(72, k, FLINK_FIELDS_TO_72)
FLINK_RUNGS_8(80, l, FLINK_FIELDS_TO_80)
FLINK_RUNGS_8(88, m, FLINK_FIELDS_TO_88)
FLINK_RUNGS_8(96, n, FLINK_FIELDS_TO_96)
FLINK_RUNGS_8(104, o, FLINK_FIELDS_TO_104)
FLINK_RUNGS_8(112, p, FLINK_FIELDS_TO_112)
FLINK_RUNGS_8(120, q, FLINK_FIELDS_TO_120)
// clang-format on

}  // namespace flink::detail
