// SPDX-License-Identifier: Apache-2.0
// What a generator of watermarks says of itself to people, as metrics of its operator: by these the
// JobManager finds who holds event time back. One thread.
#pragma once

#include <flink/base/check.h>
#include <flink/graph/operator.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace flink::operators {

// The names of one generator's metrics. The first ones are Flink's.
struct WatermarkMetricNames {
  std::string watermark;  // milliseconds
  std::string since;      // wall milliseconds: it advanced last then, or began without one
  std::string idle;       // 1: it holds nothing back
};
inline constexpr std::string_view split_metrics = "split.";
inline constexpr std::string_view split_watermark_metric = ".watermark.currentWatermark";
inline WatermarkMetricNames operator_watermark_metrics() {
  return {"currentOutputWatermark", "outputWatermarkSince", "outputIdle"};
}
inline WatermarkMetricNames split_watermark_metrics(std::string_view split) {
  const auto name = detail::concat(split_metrics, split);
  return {name + std::string{split_watermark_metric}, name + ".watermark.since",
          name + ".watermark.idle"};
}

class WatermarkMetrics {
 public:
  explicit WatermarkMetrics(WatermarkMetricNames names) : names_(std::move(names)) {}

  void set(OperatorContext& context, std::int64_t watermark, bool idle) {
    if (since_ == 0 || watermark != watermark_) since_ = context.clock().wall_millis();
    watermark_ = watermark;
    context.set_metric(names_.watermark, static_cast<double>(watermark));
    context.set_metric(names_.since, static_cast<double>(since_));
    context.set_metric(names_.idle, idle ? 1 : 0);
  }
  void remove(OperatorContext& context) const {
    for (const auto* name : {&names_.watermark, &names_.since, &names_.idle}) {
      context.remove_metric(*name);
    }
  }

 private:
  WatermarkMetricNames names_;
  std::int64_t watermark_ = 0, since_ = 0;
};

}  // namespace flink::operators
