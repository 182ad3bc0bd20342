// SPDX-License-Identifier: Apache-2.0
#include <flink/error.h>
#include <flink/graph/transformation.h>
#include <flink/operators/basic_operator.h>
#include <flink/operators/watermarks.h>
#include <flink/watermark_strategy.h>

#include <algorithm>
#include <utility>

#include "base/clock.h"
#include "config/options.h"

namespace flink::detail {

namespace {

std::chrono::milliseconds auto_watermark_interval(const OperatorContext& context) {
  const auto& option = config::options::auto_watermark_interval;
  std::string text = context.option(option.key());
  if (text.empty()) text = option.info.default_text;
  const auto interval = config::parse_duration(text);
  return std::chrono::duration_cast<std::chrono::milliseconds>(
      interval.value_or(config::Duration{}));
}

std::string seconds(std::chrono::milliseconds d) { return std::to_string(d.count()) + " ms"; }

// What comes in is stamped; watermarks from upstream end here, but for the last one (Flink's
// TimestampsAndWatermarksOperator).
class WatermarksOperator final : public BasicOperator {
 public:
  explicit WatermarksOperator(const WatermarkPlan& plan)
      : records_(plan.make()), idleness_(plan.idleness) {}

  void open(OperatorContext& context) override {
    BasicOperator::open(context);
    driver_.open(context, context.output(), idleness_);
    plan_next();
  }
  void process(int, BatchRef& batch) override { records_->emit(batch, driver_); }
  void process_watermark(Timestamp watermark) override {
    if (watermark != max_timestamp) return;
    driver_.emit_watermark(watermark);
    driver_.send();
  }
  void process_idle(bool) override {}
  void on_processing_time(std::int64_t) override {
    if (driver_.begin_periodic(context().clock().now().since_origin)) {
      records_->on_periodic_emit(driver_);
    }
    driver_.send();
    plan_next();
  }

 private:
  void plan_next() {
    if (driver_.interval().count() <= 0) return;
    context().wake_at_processing_time(context().clock().wall_millis() + driver_.interval().count());
  }

  std::unique_ptr<RecordWatermarks> records_;
  std::optional<std::chrono::milliseconds> idleness_;
  WatermarkDriver driver_;
};

// What a source under a strategy sees: its records and wishes to be woken go through us. Every
// virtual function of OperatorContext is passed on here.
class SourceContext final : public OperatorContext {
 public:
  SourceContext(OperatorContext& outer, Output& output) : outer_(outer), output_(output) {}
  RuntimeContext& runtime() override { return outer_.runtime(); }
  Output& output() override { return output_; }
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
  base::Network* network() override { return outer_.network(); }
  std::string option(std::string_view key) const override { return outer_.option(key); }
  std::string_view operator_id() const override { return outer_.operator_id(); }
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
  Output& output_;
  base::TimePoint wake_at_ = base::TimePoint::never();
};

class WatermarkedSource final : public SourceOperator, Output {
 public:
  WatermarkedSource(std::unique_ptr<SourceOperator> source, const WatermarkPlan& plan)
      : source_(std::move(source)), records_(plan.make()), idleness_(plan.idleness) {}

  void open(OperatorContext& context) override {
    Output& stamped = *this;
    context_.emplace(context, stamped);
    driver_.open(context, context.output(), idleness_);
    if (driver_.interval().count() > 0) next_emit_ = clock().now() + driver_.interval();
    source_->open(*context_);
  }
  void handle_coordinator_event(std::string_view event) override {
    source_->handle_coordinator_event(event);
  }
  InputStatus poll() override {
    const InputStatus status = source_->poll();
    const auto now = clock().now();
    if (now >= next_emit_) {
      next_emit_ = now + driver_.interval();
      if (driver_.begin_periodic(now.since_origin)) records_->on_periodic_emit(driver_);
      driver_.send();
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

  // Output, for the source.
  void emit(BatchRef& batch) override { records_->emit(batch, driver_); }
  void emit_watermark(Timestamp watermark) override { driver_.output().emit_watermark(watermark); }
  void emit_idle(bool idle) override { driver_.output().emit_idle(idle); }

  std::unique_ptr<SourceOperator> source_;
  std::unique_ptr<RecordWatermarks> records_;
  std::optional<std::chrono::milliseconds> idleness_;
  WatermarkDriver driver_;
  std::optional<SourceContext> context_;
  base::TimePoint next_emit_ = base::TimePoint::never();
};

}  // namespace

void WatermarkDriver::open(OperatorContext& context, Output& output,
                           std::optional<std::chrono::milliseconds> idleness) {
  context_ = &context;
  output_ = &output;
  interval_ = auto_watermark_interval(context);
  idleness_ = idleness;
}

void WatermarkDriver::emit_watermark(Timestamp watermark) {
  said_watermark_ = std::max(said_watermark_, watermark);
  said_idle_ = false;
  said_ = true;
}

void WatermarkDriver::mark_idle() {
  said_idle_ = true;
  said_ = true;
}

void WatermarkDriver::mark_active() {
  said_idle_ = false;
  said_ = true;
}

void WatermarkDriver::check_timestamps(const Batch& batch) const {
  const auto timestamps = batch.timestamps();
  if (timestamps.empty() || std::ranges::find(timestamps, no_timestamp) != timestamps.end()) {
    throw Error{ErrorKind::user,
                "\"" + std::string{context_->runtime().task_name()} +
                    "\" is to make watermarks, but its records have no timestamps: say where they "
                    "are with .with_timestamp_assigner(&Record::field) on the WatermarkStrategy"};
  }
}

void WatermarkDriver::records_come() {
  records_came_ = true;
  if (std::exchange(timed_out_, false)) set_idle(false);
}

void WatermarkDriver::send() {
  if (!std::exchange(said_, false)) return;
  const auto idle = std::exchange(said_idle_, std::nullopt);
  if (idle == false) set_idle(false);
  if (said_watermark_ > sent_) {
    sent_ = said_watermark_;
    output_->emit_watermark(sent_);
  }
  if (idle == true) set_idle(true);
}

// Time counts from the first look that finds nothing new: a subtask that was blocked downstream
// was not quiet.
bool WatermarkDriver::begin_periodic(std::chrono::nanoseconds now) {
  if (!idleness_) return true;
  if (std::exchange(records_came_, false)) {
    quiet_since_.reset();
  } else if (!quiet_since_) {
    quiet_since_ = now;
  } else if (base::is_over(*idleness_, now - *quiet_since_)) {
    timed_out_ = true;
    set_idle(true);
    return false;
  }
  return true;
}

void WatermarkDriver::set_idle(bool idle) {
  if (idle_ == idle) return;
  idle_ = idle;
  output_->emit_idle(idle);
}

OperatorFactory watermarks_operator(WatermarkPlan plan) {
  return [plan = std::move(plan)]() -> std::unique_ptr<Operator> {
    return std::make_unique<WatermarksOperator>(plan);
  };
}

void add_watermarks(Transformation& source, WatermarkPlan plan) {
  source.make_source = [inner = std::move(source.make_source),
                        plan = std::move(plan)]() -> std::unique_ptr<SourceOperator> {
    return std::make_unique<WatermarkedSource>(inner(), plan);
  };
}

void check_out_of_orderness(std::chrono::milliseconds delay) {
  if (delay.count() >= 0) return;
  throw Error{ErrorKind::user, "for_bounded_out_of_orderness(" + seconds(delay) +
                                   "): the delay must not be negative"};
}

void check_idleness(std::chrono::milliseconds timeout) {
  if (timeout.count() > 0) return;
  throw Error{ErrorKind::user,
              "with_idleness(" + seconds(timeout) + "): the time must be greater than zero"};
}

}  // namespace flink::detail

namespace flink {
template detail::WatermarkPlan WatermarkStrategy<std::string_view>::plan() const;
}
