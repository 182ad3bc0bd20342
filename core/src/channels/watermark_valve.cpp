// SPDX-License-Identifier: Apache-2.0
#include "channels/watermark_valve.h"

#include <algorithm>

namespace flink::channels {

WatermarkValve::Change WatermarkValve::watermark(std::size_t channel, std::int64_t millis) {
  Change change;
  Channel& from = channels_[channel];
  if (millis == INT64_MAX) from.idle = false;  // ended: no longer merely quiet
  if (from.idle || millis <= from.watermark) return change;
  from.watermark = millis;
  from.aligned = from.aligned || millis >= merged_;
  merge(change);
  return change;
}

WatermarkValve::Change WatermarkValve::status(std::size_t channel, bool idle) {
  Change change;
  Channel& from = channels_[channel];
  if (from.idle == idle) return change;
  from.idle = idle;
  from.aligned = !idle && from.watermark >= merged_;
  const bool all_idle =
      std::all_of(channels_.begin(), channels_.end(), [](const Channel& c) { return c.idle; });
  if (all_idle) {
    // Nothing holds the merged watermark back any more: the furthest one that was seen is safe.
    std::int64_t furthest = merged_;
    for (const Channel& c : channels_) {
      if (c.watermark != INT64_MAX) furthest = std::max(furthest, c.watermark);
    }
    if (furthest > merged_) change.watermark = merged_ = furthest;
  } else {
    merge(change);
  }
  if (all_idle != all_idle_) change.idle = all_idle_ = all_idle;
  return change;
}

// Ended channels hold nothing back, but do not speak for idle ones either: those may come back.
void WatermarkValve::merge(Change& change) {
  std::int64_t least = INT64_MAX;
  bool any = false, all_ended = true;
  for (const Channel& c : channels_) {
    if (c.watermark == INT64_MAX) continue;
    all_ended = false;
    if (!c.aligned || c.idle) continue;
    any = true;
    least = std::min(least, c.watermark);
  }
  if ((any || all_ended) && least > merged_) change.watermark = merged_ = least;
}

}  // namespace flink::channels
