// SPDX-License-Identifier: Apache-2.0
#include "operators/combined_watermark.h"

#include <algorithm>

namespace flink::operators {

CombinedWatermark::Change CombinedWatermark::combine() {
  Change change;
  if (parts_.empty()) return change;
  bool all_idle = true;
  std::int64_t least = INT64_MAX;
  for (const Part* part : parts_) {
    if (part->idle) continue;
    all_idle = false;
    least = std::min(least, part->watermark);
  }
  if (!all_idle && least > combined_) change.watermark = combined_ = least;
  if (all_idle != idle_) change.idle = idle_ = all_idle;
  return change;
}

}  // namespace flink::operators
