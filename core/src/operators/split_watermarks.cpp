// SPDX-License-Identifier: Apache-2.0
#include "operators/split_watermarks.h"

#include <flink/base/check.h>

#include <utility>

namespace flink::operators {

// One generator: the source's records come in, and go on to the source's output; its watermarks go
// to what combines them.
class SplitWatermarks::Part final : public Output {
 public:
  Part(SplitWatermarks& owner, bool main, std::string_view split)
      : owner_(owner),
        main_(main),
        out_(*this),
        records_(owner.plan_.make()),
        metrics_(split_watermark_metrics(split)) {
    driver_.open(*owner.context_, out_, owner.plan_.idleness);
  }

  void emit(BatchRef& batch) override {
    if (main_ && !owner_.main_used_) owner_.use_main();
    records_->emit(batch, driver_);
  }
  void emit_watermark(Timestamp watermark) override { out_.emit_watermark(watermark); }
  void emit_idle(bool idle) override { out_.emit_idle(idle); }

  void on_periodic_emit(std::chrono::nanoseconds now) {
    const auto paused = paused_ + (paused_since_ ? now - *paused_since_ : paused_.zero());
    if (driver_.begin_periodic(now - paused)) records_->on_periodic_emit(driver_);
    driver_.send();
  }
  void restart_quiet_time() { driver_.restart_quiet_time(); }
  std::chrono::milliseconds interval() const { return driver_.interval(); }
  const CombinedWatermark::Part& status() const { return status_; }
  void set_metrics() { metrics_.set(*owner_.context_, status_.watermark, status_.idle); }
  void remove_metrics() const { metrics_.remove(*owner_.context_); }
  // False: it is so already.
  bool pause(bool pauses, std::chrono::nanoseconds now) {
    if (pauses == paused_since_.has_value()) return false;
    if (pauses) {
      paused_since_ = now;
    } else {
      paused_ += now - *paused_since_;
      paused_since_.reset();
    }
    return true;
  }

 private:
  class Out final : public Output {
   public:
    explicit Out(Part& part) : part_(part) {}
    void emit(BatchRef& batch) override { part_.owner_.context_->output().emit(batch); }
    void emit_watermark(Timestamp watermark) override {
      const auto was = std::exchange(part_.status_.watermark, watermark.time_since_epoch().count());
      // One that is ahead of the others holds nothing back.
      if (was <= part_.owner_.combined_.watermark()) part_.owner_.combine();
    }
    void emit_idle(bool idle) override {
      part_.status_.idle = idle;
      part_.owner_.combine();
    }

   private:
    Part& part_;
  };

  SplitWatermarks& owner_;
  bool main_;
  Out out_;
  CombinedWatermark::Part status_;
  std::unique_ptr<detail::RecordWatermarks> records_;
  detail::WatermarkDriver driver_;
  WatermarkMetrics metrics_;
  std::chrono::nanoseconds paused_{0};  // so far, before:
  std::optional<std::chrono::nanoseconds> paused_since_;
};

SplitWatermarks::SplitWatermarks(detail::WatermarkPlan plan)
    : plan_(std::move(plan)), metrics_(operator_watermark_metrics()) {}
SplitWatermarks::~SplitWatermarks() = default;

void SplitWatermarks::open(OperatorContext& context) {
  context_ = &context;
  main_ = std::make_unique<Part>(*this, true, "");
  interval_ = main_->interval();
  count_main(true);
  set_metrics();
}

Output& SplitWatermarks::main_output() { return *main_; }

Output& SplitWatermarks::create_output_for_split(std::string_view split) {
  auto found = splits_.find(split);
  if (found == splits_.end()) {
    found = splits_.emplace(split, std::make_unique<Part>(*this, false, split)).first;
    combined_.add(found->second->status());
    if (!main_used_) count_main(false);
    combine();
  }
  return *found->second;
}

void SplitWatermarks::release_output_for_split(std::string_view split) {
  const auto found = splits_.find(split);
  if (found == splits_.end()) return;
  combined_.remove(found->second->status());
  found->second->remove_metrics();
  splits_.erase(found);
  if (splits_.empty()) count_main(true);
  combine();
}

void SplitWatermarks::use_main() {
  main_used_ = true;
  count_main(true);
  combine();
}

void SplitWatermarks::count_main(bool counts) {
  if (counts == main_counts_) return;
  main_counts_ = counts;
  if (!counts) return combined_.remove(main_->status());
  main_->restart_quiet_time();
  combined_.add(main_->status());
}

void SplitWatermarks::on_periodic_emit(std::chrono::nanoseconds now) {
  emitting_ = true;
  if (main_counts_) main_->on_periodic_emit(now);
  for (auto& [name, split] : splits_) split->on_periodic_emit(now);
  emitting_ = false;
  combine();
  set_metrics();
}

void SplitWatermarks::set_metrics() {
  for (const auto& [name, split] : splits_) split->set_metrics();
  metrics_.set(*context_, combined_.watermark(), combined_.idle());
}

SplitWatermarks::Paused SplitWatermarks::align_splits(std::int64_t watermark_max,
                                                      std::chrono::nanoseconds now) {
  Paused changes;
  for (auto& [name, split] : splits_) {
    const bool pauses = splits_.size() > 1 && split->status().watermark > watermark_max;
    if (split->pause(pauses, now)) (pauses ? changes.pause : changes.resume).push_back(name);
  }
  return changes;
}

void SplitWatermarks::combine() {
  if (emitting_) return;
  const auto change = combined_.combine();
  Output& output = context_->output();
  if (change.idle == false) output.emit_idle(false);
  if (change.watermark) output.emit_watermark(timestamp_of_millis(*change.watermark));
  if (change.idle == true) output.emit_idle(true);
}

}  // namespace flink::operators
