// SPDX-License-Identifier: Apache-2.0
// The watermarks of one source subtask: a generator for each split, and one for records that are of
// no split (Flink's ProgressiveTimestampsAndWatermarks). One thread.
#pragma once

#include <flink/operators/watermark_driver.h>

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "operators/combined_watermark.h"
#include "operators/watermark_metrics.h"

namespace flink::operators {

class SplitWatermarks final : public SplitOutputs {
 public:
  explicit SplitWatermarks(detail::WatermarkPlan plan);
  ~SplitWatermarks() override;

  void open(OperatorContext& context);
  // For records of no split. It counts as long as there are no splits, and once it was used.
  Output& main_output();
  Output& create_output_for_split(std::string_view split) override;
  void release_output_for_split(std::string_view split) override;

  // Milliseconds; what was emitted last, and whether it counts.
  std::int64_t watermark() const noexcept { return combined_.watermark(); }
  bool idle() const noexcept { return combined_.idle(); }

  // Which splits are to pause, or to be read again, so that none is further than that. One alone is
  // the source's to pause. `now`: as below; a split that is paused is not idle meanwhile.
  struct Paused {
    std::vector<std::string> pause, resume;
  };
  Paused align_splits(std::int64_t watermark_max, std::chrono::nanoseconds now);

  // Zero: never.
  std::chrono::milliseconds interval() const noexcept { return interval_; }
  // `now`: of the clock of idleness, which stands still while the task is blocked.
  void on_periodic_emit(std::chrono::nanoseconds now);

 private:
  class Part;
  void combine();
  void use_main();
  void count_main(bool counts);
  void set_metrics();

  detail::WatermarkPlan plan_;
  OperatorContext* context_ = nullptr;
  std::chrono::milliseconds interval_{0};
  CombinedWatermark combined_;
  WatermarkMetrics metrics_;
  bool emitting_ = false;  // all are asked first, then combined
  std::map<std::string, std::unique_ptr<Part>, std::less<>> splits_;
  std::unique_ptr<Part> main_;
  bool main_counts_ = false, main_used_ = false;
};

}  // namespace flink::operators
