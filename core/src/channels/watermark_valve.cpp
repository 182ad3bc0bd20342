// SPDX-License-Identifier: Apache-2.0
#include "channels/watermark_valve.h"

#include <flink/base/check.h>

#include <algorithm>

#include "base/buggify.h"

namespace flink::channels {

WatermarkValve::Change WatermarkValve::watermark(std::size_t channel, std::int64_t millis) {
  Channel& from = channels_[channel];
  if (millis == INT64_MAX) from.idle = false;  // ended: no longer merely quiet
  // Only where everything is ours: what comes over a wire is not trusted so far.
  FLINK_CHECK(base::current_buggify == nullptr || millis >= from.sent, channel, millis, from.sent);
  from.sent = millis;
  return replayed(channel, millis);
}

WatermarkValve::Change WatermarkValve::replayed(std::size_t channel, std::int64_t millis) {
  Channel& from = channels_[channel];
  if (from.idle || millis <= from.watermark) return {};
  from.watermark = millis;
  from.aligned = from.aligned || millis >= merged_;
  return merge();
}

WatermarkValve::Change WatermarkValve::status(std::size_t channel, bool idle) {
  Channel& from = channels_[channel];
  if (from.idle == idle || from.watermark == INT64_MAX) return {};
  from.idle = idle;
  from.aligned = !idle && from.watermark >= merged_;
  return merge();
}

std::optional<std::size_t> WatermarkValve::behind() const {
  std::optional<std::size_t> last;
  std::int64_t furthest = INT64_MIN;
  for (std::size_t channel = 0; channel < channels_.size(); ++channel) {
    const Channel& c = channels_[channel];
    if (c.idle || !c.aligned || c.watermark == INT64_MAX) continue;
    furthest = std::max(furthest, c.watermark);
    if (!last || c.watermark < channels_[*last].watermark) last = channel;
  }
  return last && channels_[*last].watermark < furthest ? last : std::nullopt;
}

// Ended channels hold nothing back, but do not speak for idle ones either: those may come back.
WatermarkValve::Change WatermarkValve::merge() {
  bool all_ended = true, all_idle = true;
  std::optional<std::int64_t> least;  // of those that count
  std::int64_t furthest = INT64_MIN;  // of those that have not ended
  for (const Channel& c : channels_) {
    if (c.watermark == INT64_MAX) continue;
    all_ended = false;
    furthest = std::max(furthest, c.watermark);
    if (c.idle) continue;
    all_idle = false;
    if (c.aligned) least = std::min(least.value_or(INT64_MAX), c.watermark);
  }
  if (all_ended) {
    least = INT64_MAX;
    all_idle = false;
  } else if (all_idle) {
    // Nothing holds the merged watermark back any more: the furthest one that was seen is safe.
    least = furthest;
  }
  Change change;
  if (least && *least > merged_) change.watermark = merged_ = *least;
  if (all_idle != all_idle_) change.idle = all_idle_ = all_idle;
  return change;
}

}  // namespace flink::channels
