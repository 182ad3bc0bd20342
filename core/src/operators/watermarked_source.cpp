// SPDX-License-Identifier: Apache-2.0
// A source under a watermark strategy.
#include <flink/graph/transformation.h>
#include <flink/operators/watermark_driver.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "base/clock.h"
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
      : source_(std::move(source)), watermarks_(plan) {}

  void open(OperatorContext& context) override {
    watermarks_.open(context);
    context_.emplace(context, watermarks_);
    if (watermarks_.interval().count() > 0) next_emit_ = clock().now() + watermarks_.interval();
    source_->open(*context_);
  }
  void handle_coordinator_event(std::string_view event) override {
    source_->handle_coordinator_event(event);
  }
  InputStatus poll() override {
    const InputStatus status = source_->poll();
    const auto now = clock().now();
    if (now >= next_emit_) {
      next_emit_ = now + watermarks_.interval();
      watermarks_.on_periodic_emit(now.since_origin - context_->backpressured_time());
    }
    if (status == InputStatus::nothing_available) {
      const auto wake_at = std::min(next_emit_, context_->wake_at(now));
      if (wake_at != base::TimePoint::never()) {
        context_->outer().wake_after(std::max(wake_at - now, base::Duration{0}));
      }
    }
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

  std::unique_ptr<SourceOperator> source_;
  operators::SplitWatermarks watermarks_;
  std::optional<SourceContext> context_;
  base::TimePoint next_emit_ = base::TimePoint::never();
};

}  // namespace

void add_watermarks(Transformation& source, WatermarkPlan plan) {
  source.make_source = [inner = std::move(source.make_source),
                        plan = std::move(plan)]() -> std::unique_ptr<SourceOperator> {
    return std::make_unique<WatermarkedSource>(inner(), plan);
  };
}

}  // namespace flink::detail
