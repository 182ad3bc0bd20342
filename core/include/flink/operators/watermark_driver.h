// SPDX-License-Identifier: Apache-2.0
// The untyped half of timestamps and watermarks: keeps time, idleness and order for one generator,
// a subtask's or a split's. Compiled once, in core/src/operators/watermarks.cpp. One thread.
#pragma once

#include <flink/base/chrono.h>
#include <flink/base/memory.h>
#include <flink/error.h>
#include <flink/graph/operator.h>

#include <optional>
#include <string>

namespace flink {

struct Transformation;

// Where a generator puts its watermarks. One that goes back is ignored.
class WatermarkOutput {
 public:
  virtual ~WatermarkOutput() = default;
  virtual void emit_watermark(Timestamp watermark) = 0;
  // This split, or subtask, no longer holds watermarks back, until mark_active() or the next
  // watermark.
  virtual void mark_idle() = 0;
  virtual void mark_active() = 0;
};

namespace detail {

// Takes what the generator says, gives it on when told to.
class WatermarkDriver final : public WatermarkOutput {
 public:
  void open(OperatorContext& context, Output& output,
            std::optional<std::chrono::milliseconds> idleness);

  void emit_watermark(Timestamp watermark) override;
  void mark_idle() override;
  void mark_active() override;

  Output& output() const noexcept { return *output_; }
  std::chrono::milliseconds interval() const noexcept { return interval_; }  // zero: never
  bool said() const noexcept { return said_; }
  Timestamp sent() const noexcept { return sent_; }
  bool idle() const noexcept { return idle_; }
  // Throws Error{user} unless each record has its timestamp.
  void check_timestamps(const Batch& batch) const;
  // Records are about to go out.
  void records_come();
  // What was said since the last call.
  void send();
  // It is time for on_periodic_emit(); false: it is not asked, since nothing has come for long.
  // `now`: of a clock that stands still while the task waits for room downstream.
  bool begin_periodic(std::chrono::nanoseconds now);
  // Nothing has been quiet so far: the time without records counts from the next look on.
  void restart_quiet_time();

 private:
  void set_idle(bool idle);

  OperatorContext* context_ = nullptr;
  Output* output_ = nullptr;
  bool batch_ = false;  // nothing is said but the last watermark
  std::chrono::milliseconds interval_{0};
  std::optional<std::chrono::milliseconds> idleness_;
  std::optional<std::chrono::nanoseconds> quiet_since_;
  Timestamp said_watermark_ = min_timestamp, sent_ = min_timestamp;
  std::optional<bool> said_idle_;
  bool said_ = false;
  bool records_came_ = false;
  bool idle_ = false, timed_out_ = false;
};

// Erased: all that is done to the records of a subtask, or of a split.
class RecordWatermarks {
 public:
  virtual ~RecordWatermarks() = default;
  // Stamps the records and emits them, with watermarks in between where the generator says so.
  virtual void emit(BatchRef& batch, WatermarkDriver& driver) = 0;
  virtual void on_periodic_emit(WatermarkOutput& output) = 0;
};

// Sources of one group wait for each other; see WatermarkStrategy.
struct WatermarkAlignment {
  std::string group;
  std::chrono::milliseconds max_drift{0}, update_interval{0};
};

// Thrown by readers that cannot pause some of their splits.
class CannotPauseSplits final : public Error {
 public:
  CannotPauseSplits();
};

struct WatermarkPlan {
  MakerOf<RecordWatermarks> make;
  std::optional<std::chrono::milliseconds> idleness;
  std::optional<WatermarkAlignment> alignment;
};
// What assign_timestamps_and_watermarks() adds. Throws Error{user} for a plan with an alignment.
OperatorFactory watermarks_operator(WatermarkPlan plan);
// The source's records get them where they are read.
void add_watermarks(Transformation& source, WatermarkPlan plan);

// Throw Error{user} for what makes no sense.
void check_out_of_orderness(std::chrono::milliseconds delay);
void check_idleness(std::chrono::milliseconds timeout);
void check_alignment(const WatermarkAlignment& alignment);

}  // namespace detail
}  // namespace flink
