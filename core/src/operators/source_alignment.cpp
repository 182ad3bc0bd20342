// SPDX-License-Identifier: Apache-2.0
#include "operators/source_alignment.h"

#include <flink/operators/operator_items.h>

namespace flink::operators {

std::string report_event(const WatermarkReport& report) {
  return alignment_event + detail::to_bytes(report);
}
WatermarkReport report_of(std::string_view event) {
  return detail::from_bytes<WatermarkReport>(event.substr(1));
}
std::string least_event(std::int64_t millis) { return alignment_event + detail::to_bytes(millis); }
std::int64_t least_of(std::string_view event) {
  return detail::from_bytes<std::int64_t>(event.substr(1));
}

std::optional<std::string> SourceAlignment::report(base::TimePoint now, std::int64_t watermark,
                                                   bool ended) {
  const bool waits = too_far(watermark) && watermark != INT64_MAX;
  if (!ended && now < next_report_ && !(waits && reported_ != watermark)) return std::nullopt;
  next_report_ = now + alignment_.update_interval;
  reported_ = watermark;
  return report_event({alignment_.group, watermark});
}

void SourceAlignment::hear(std::string_view event) {
  const auto least = least_of(event);
  const auto drift = alignment_.max_drift.count();
  watermark_max_ = least > INT64_MAX - drift ? INT64_MAX : least + drift;
}

}  // namespace flink::operators
