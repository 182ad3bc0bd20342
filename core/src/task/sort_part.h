// SPDX-License-Identifier: Apache-2.0
// BATCH: what one operator's subtask sorts its inputs with, as configuration says.
#pragma once

#include "task/keyed_part.h"

namespace flink::task {

SortPart make_sort_part(const KeyedPartSetup& setup);

}  // namespace flink::task
