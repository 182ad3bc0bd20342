// SPDX-License-Identifier: Apache-2.0
#include <flink/error.h>
#include <flink/operators/basic_operator.h>
#include <flink/operators/watermarks.h>
#include <flink/watermark_strategy.h>

#include <algorithm>
#include <utility>

#include "base/clock.h"
#include "config/options.h"
#include "operators/watermark_metrics.h"

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
    set_metrics();
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
    const auto now = context().clock().now().since_origin - context().backpressured_time();
    if (driver_.begin_periodic(now)) {
      records_->on_periodic_emit(driver_);
    }
    driver_.send();
    set_metrics();
    plan_next();
  }

 private:
  void set_metrics() {
    metrics_.set(context(), driver_.sent().time_since_epoch().count(), driver_.idle());
  }
  void plan_next() {
    if (driver_.interval().count() <= 0) return;
    context().wake_at_processing_time(context().clock().wall_millis() + driver_.interval().count());
  }

  std::unique_ptr<RecordWatermarks> records_;
  std::optional<std::chrono::milliseconds> idleness_;
  WatermarkDriver driver_;
  operators::WatermarkMetrics metrics_{operators::operator_watermark_metrics()};
};

}  // namespace

void WatermarkDriver::open(OperatorContext& context, Output& output,
                           std::optional<std::chrono::milliseconds> idleness) {
  context_ = &context;
  output_ = &output;
  batch_ = context.option(config::options::runtime_mode.key()) == "BATCH";
  if (batch_) return;
  interval_ = auto_watermark_interval(context);
  idleness_ = idleness;
}

void WatermarkDriver::emit_watermark(Timestamp watermark) {
  if (batch_ && watermark != max_timestamp) return;
  said_watermark_ = std::max(said_watermark_, watermark);
  said_idle_ = false;
  said_ = true;
}

void WatermarkDriver::mark_idle() {
  if (batch_) return;
  said_idle_ = true;
  said_ = true;
}

void WatermarkDriver::mark_active() {
  said_idle_ = false;
  said_ = true;
}

void WatermarkDriver::check_timestamps(const Batch& batch) const {
  const auto timestamps = batch.timestamps();
  const auto none = std::ranges::count(timestamps, no_timestamp);
  if (!timestamps.empty() && none == 0) return;
  const bool some_have = none < std::ssize(timestamps);
  const std::string why =
      some_have ? concat("but the timestamp of some records is ", no_timestamp,
                         ", the least there is, which stands for none: filter such records before, "
                         "or give them another one in .with_timestamp_assigner(...)")
                : concat("but its records have no timestamps",
                         none == 0 ? "" : concat(" (or ", no_timestamp, ", which stands for none)"),
                         ": say where they are with .with_timestamp_assigner(&Record::field)");
  throw Error{ErrorKind::user,
              concat("\"", context_->runtime().task_name(), "\" is to make watermarks, ", why,
                     " on the WatermarkStrategy")};
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

void WatermarkDriver::restart_quiet_time() {
  quiet_since_.reset();
  if (std::exchange(timed_out_, false)) set_idle(false);
}

void WatermarkDriver::set_idle(bool idle) {
  if (idle_ == idle) return;
  idle_ = idle;
  output_->emit_idle(idle);
}

CannotPauseSplits::CannotPauseSplits()
    : Error{ErrorKind::user,
            "with_watermark_alignment(): this source's reader has several splits and does not "
            "override pause_or_resume_splits(), so one that is too far ahead cannot wait for the "
            "others; write it, or let them go apart with "
            "-Dpipeline.watermark-alignment.allow-unaligned-source-splits=true"} {}

OperatorFactory watermarks_operator(WatermarkPlan plan) {
  if (plan.alignment) {
    throw Error{ErrorKind::user,
                "with_watermark_alignment() is for the strategy of a source, which can wait; "
                "assign_timestamps_and_watermarks() cannot: give the strategy to from_source()"};
  }
  return [plan = std::move(plan)]() -> std::unique_ptr<Operator> {
    return std::make_unique<WatermarksOperator>(plan);
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

void check_alignment(const WatermarkAlignment& alignment) {
  if (!alignment.group.empty() && alignment.max_drift.count() >= 0 &&
      alignment.update_interval.count() > 0) {
    return;
  }
  throw Error{ErrorKind::user,
              "with_watermark_alignment(\"" + alignment.group + "\", " +
                  seconds(alignment.max_drift) + ", " + seconds(alignment.update_interval) +
                  "): the group must have a name, the drift must not be negative and the interval "
                  "must be greater than zero"};
}

}  // namespace flink::detail

namespace flink {
template detail::WatermarkPlan WatermarkStrategy<std::string_view>::plan() const;
}
