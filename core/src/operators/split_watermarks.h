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

#include "operators/combined_watermark.h"

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

  // Zero: never.
  std::chrono::milliseconds interval() const noexcept { return interval_; }
  // `now`: of the clock of idleness, which stands still while the task is blocked.
  void on_periodic_emit(std::chrono::nanoseconds now);

 private:
  class Part;
  void combine();
  void use_main();
  void count_main(bool counts);

  detail::WatermarkPlan plan_;
  OperatorContext* context_ = nullptr;
  std::chrono::milliseconds interval_{0};
  CombinedWatermark combined_;
  bool emitting_ = false;  // all are asked first, then combined
  std::map<std::string, std::unique_ptr<Part>, std::less<>> splits_;
  std::unique_ptr<Part> main_;
  bool main_counts_ = false, main_used_ = false;
};

}  // namespace flink::operators
