// SPDX-License-Identifier: Apache-2.0
// A source under a watermark strategy.
#include <flink/error.h>
#include <flink/graph/transformation.h>
#include <flink/operators/watermark_driver.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "base/clock.h"
#include "config/options.h"
#include "operators/source_alignment.h"
#include "operators/split_watermarks.h"

namespace flink::detail {

namespace {

// What a source under a strategy sees: its records and wishes to be woken go through us. Every
// virtual function of OperatorContext is passed on here.
class SourceContext final : public OperatorContext {
 public:
  SourceContext(OperatorContext& outer, operators::SplitWatermarks& splits)
      : outer_(outer), splits_(splits) {}
  RuntimeContext& runtime() override { return outer_.runtime(); }
  Output& output() override { return splits_.main_output(); }
  SplitOutputs* split_outputs() override { return &splits_; }
  Output* side_output(std::string_view tag) override { return outer_.side_output(tag); }
  void send_to_coordinator(std::string event) override {
    outer_.send_to_coordinator(std::move(event));
  }
  std::function<void()> waker() override { return outer_.waker(); }
  void wait_until(const std::function<bool()>& done) override { outer_.wait_until(done); }
  void wake_after(std::chrono::nanoseconds delay) override {
    wake_at_ = outer_.clock().now() + delay;
  }
  base::FileSystem& file_system() override { return outer_.file_system(); }
  const base::Clock& clock() override { return outer_.clock(); }
  std::chrono::nanoseconds backpressured_time() const override {
    return outer_.backpressured_time();
  }
  void set_metric(std::string_view name, double value) override { outer_.set_metric(name, value); }
  void remove_metric(std::string_view name) override { outer_.remove_metric(name); }
  base::Network* network() override { return outer_.network(); }
  std::string option(std::string_view key) const override { return outer_.option(key); }
  std::string_view operator_id() const override { return outer_.operator_id(); }
  std::string claim(std::string_view thing) override { return outer_.claim(thing); }
  state::KeyedStateBackend* keyed_state() override { return outer_.keyed_state(); }
  const OperatorSnapshot& restored_state() const override { return outer_.restored_state(); }
  std::optional<std::int64_t> restored_checkpoint_id() const override {
    return outer_.restored_checkpoint_id();
  }
  void wake_at_processing_time(std::int64_t wall_millis) override {
    outer_.wake_at_processing_time(wall_millis);
  }
  Turn& turn() override { return outer_.turn(); }

  // When the source wants to be polled; never: not by itself.
  base::TimePoint wake_at(base::TimePoint now) {
    if (wake_at_ <= now) wake_at_ = base::TimePoint::never();
    return wake_at_;
  }
  OperatorContext& outer() const { return outer_; }

 private:
  OperatorContext& outer_;
  operators::SplitWatermarks& splits_;
  base::TimePoint wake_at_ = base::TimePoint::never();
};

class WatermarkedSource final : public SourceOperator {
 public:
  WatermarkedSource(std::unique_ptr<SourceOperator> source, const WatermarkPlan& plan)
      : source_(std::move(source)), watermarks_(plan) {
    if (plan.alignment) alignment_.emplace(*plan.alignment);
  }

  void open(OperatorContext& context) override {
    watermarks_.open(context);
    context_.emplace(context, watermarks_);
    if (watermarks_.interval().count() > 0) next_emit_ = clock().now() + watermarks_.interval();
    const auto& allowed = config::options::allow_unaligned_source_splits;
    unaligned_splits_ = config::parse_bool(context.option(allowed.key())).value_or(false);
    source_->open(*context_);
    if (alignment_) report();
  }
  void handle_coordinator_event(std::string_view event) override {
    if (!alignment_ || event.empty() || event.front() != operators::alignment_event) {
      return source_->handle_coordinator_event(event);
    }
    alignment_->hear(event);
    align();
  }
  InputStatus poll() override {
    const InputStatus status = paused_since_ ? InputStatus::nothing_available : source_->poll();
    const auto now = clock().now();
    if (now >= next_emit_) {
      next_emit_ = now + watermarks_.interval();
      watermarks_.on_periodic_emit(unblocked_time());
      if (alignment_) align();
    }
    if (alignment_) report(status == InputStatus::end_of_input);
    if (status == InputStatus::nothing_available) wait(now);
    return status;
  }
  void hand_on() override { source_->hand_on(); }
  OperatorSnapshot snapshot(std::int64_t checkpoint_id) override {
    return source_->snapshot(checkpoint_id);
  }
  void notify_checkpoint_complete(std::int64_t checkpoint_id) override {
    source_->notify_checkpoint_complete(checkpoint_id);
  }
  void notify_checkpoint_aborted(std::int64_t checkpoint_id) override {
    source_->notify_checkpoint_aborted(checkpoint_id);
  }
  void close() noexcept override { source_->close(); }

 private:
  const base::Clock& clock() const { return context_->outer().clock(); }
  // Stands still while the source could not read.
  std::chrono::nanoseconds unblocked_time() const {
    const auto now = clock().now();
    const auto paused = paused_ + (paused_since_ ? now - *paused_since_ : base::Duration{0});
    return now.since_origin - context_->backpressured_time() - paused;
  }
  void wait(base::TimePoint now) {
    auto wake_at = std::min(next_emit_, context_->wake_at(now));
    if (alignment_) wake_at = std::min(wake_at, alignment_->next_report());
    if (wake_at == base::TimePoint::never()) return;
    context_->outer().wake_after(std::max(wake_at - now, base::Duration{0}));
  }

  void report(bool ended = false) {
    const auto watermark = ended || watermarks_.idle() ? INT64_MAX : watermarks_.watermark();
    auto event = alignment_->report(clock().now(), watermark, ended);
    if (event) context_->outer().send_to_coordinator(std::move(*event));
  }
  // Pauses what is too far ahead, and reads again what is not any more.
  void align() {
    const auto now = clock().now();
    const bool pauses = alignment_->too_far(watermarks_.watermark());
    if (pauses && !paused_since_) {
      paused_since_ = now;
    } else if (!pauses && paused_since_) {
      paused_ += now - *std::exchange(paused_since_, std::nullopt);
    }
    const auto [pause, resume] =
        watermarks_.align_splits(alignment_->watermark_max(), unblocked_time());
    if (pause.empty() && resume.empty()) return;
    try {
      source_->pause_or_resume_splits(pause, resume);
    } catch (const CannotPauseSplits&) {
      if (!unaligned_splits_) throw;
    }
  }

  std::unique_ptr<SourceOperator> source_;
  operators::SplitWatermarks watermarks_;
  std::optional<SourceContext> context_;
  std::optional<operators::SourceAlignment> alignment_;
  bool unaligned_splits_ = false;  // it is all right if splits go apart
  base::TimePoint next_emit_ = base::TimePoint::never();
  base::Duration paused_{0};  // so far, before:
  std::optional<base::TimePoint> paused_since_;
};

}  // namespace

void add_watermarks(Transformation& source, WatermarkPlan plan) {
  source.make_source = [inner = std::move(source.make_source),
                        plan = std::move(plan)]() -> std::unique_ptr<SourceOperator> {
    return std::make_unique<WatermarkedSource>(inner(), plan);
  };
}

}  // namespace flink::detail
