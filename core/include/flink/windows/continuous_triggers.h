// SPDX-License-Identifier: Apache-2.0
// Triggers that fire again and again, at every multiple of an interval, and at the window's end.
#pragma once

#include <flink/base/algorithm.h>
#include <flink/state/reducing_state.h>
#include <flink/windows/trigger.h>
#include <flink/windows/window_assigner.h>

#include <cstdint>

namespace flink {

namespace detail {

// Merged windows fire when the first of them would have.
struct EarlierTime {
  std::int64_t operator()(std::int64_t a, std::int64_t b) const { return std::min(a, b); }
};
void check_trigger_interval(const char* trigger, std::chrono::milliseconds interval);

// When a window fires next.
class ContinuousTimes {
 public:
  ContinuousTimes(const char* trigger, std::chrono::milliseconds interval) : interval_(interval) {
    check_trigger_interval(trigger, interval);
  }
  bool is_set() const { return next_.get() != nullptr; }
  bool is_at(Timestamp time) const {
    const std::int64_t* const next = next_.get();
    return next != nullptr && *next == time.time_since_epoch().count();
  }
  Timestamp start(Timestamp now) const { return now - now.time_since_epoch() % interval_; }
  Timestamp set_after(Timestamp time, Timestamp last) const {
    const std::int64_t end = last.time_since_epoch().count();
    const std::int64_t next =
        std::min(end, saturating_add(time.time_since_epoch().count(), interval_.count()));
    next_.clear();
    next_.add(next);
    return timestamp_of_millis(next);
  }
  // f(that time), if it is set.
  template <class F>
  void with(F&& f) const {
    if (const std::int64_t* const next = next_.get()) f(timestamp_of_millis(*next));
  }
  void clear() const { next_.clear(); }
  void merge(OnMergeContext& ctx) const { ctx.merge_partitioned_state(next_); }

 private:
  std::chrono::milliseconds interval_;
  ReducingState<std::int64_t, EarlierTime> next_{"trigger-fire-time", {}};
};

}  // namespace detail

class ContinuousEventTimeTrigger {
 public:
  using NeverPurges = ContinuousEventTimeTrigger;
  static ContinuousEventTimeTrigger of(std::chrono::milliseconds interval) {
    return ContinuousEventTimeTrigger{interval};
  }

  template <class T, class W>
  TriggerResult on_element(const T&, Timestamp at, const W& window, TriggerContext& ctx) const {
    const Timestamp last = window.max_timestamp();
    if (last <= ctx.current_watermark()) return TriggerResult::FIRE;
    ctx.register_event_time_timer(last);
    if (!times_.is_set()) ctx.register_event_time_timer(times_.set_after(times_.start(at), last));
    return TriggerResult::CONTINUE;
  }
  template <class W>
  TriggerResult on_event_time(Timestamp time, const W& window, TriggerContext& ctx) const {
    if (time == window.max_timestamp()) return TriggerResult::FIRE;
    if (!times_.is_at(time)) return TriggerResult::CONTINUE;
    ctx.register_event_time_timer(times_.set_after(time, window.max_timestamp()));
    return TriggerResult::FIRE;
  }
  template <class W>
  TriggerResult on_processing_time(Timestamp, const W&, TriggerContext&) const {
    return TriggerResult::CONTINUE;
  }
  template <class W>
  void clear(const W&, TriggerContext& ctx) const {
    times_.with([&ctx](Timestamp next) { ctx.delete_event_time_timer(next); });
    times_.clear();
  }
  bool can_merge() const { return true; }
  template <class W>
  void on_merge(const W&, OnMergeContext& ctx) const {
    times_.merge(ctx);
    times_.with([&ctx](Timestamp next) { ctx.register_event_time_timer(next); });
  }

 private:
  explicit ContinuousEventTimeTrigger(std::chrono::milliseconds interval)
      : times_("ContinuousEventTimeTrigger", interval) {}
  detail::ContinuousTimes times_;
};

class ContinuousProcessingTimeTrigger {
 public:
  using NeverPurges = ContinuousProcessingTimeTrigger;
  static ContinuousProcessingTimeTrigger of(std::chrono::milliseconds interval) {
    return ContinuousProcessingTimeTrigger{interval};
  }

  template <class T, class W>
  TriggerResult on_element(const T&, Timestamp, const W& window, TriggerContext& ctx) const {
    if (!times_.is_set()) {
      const Timestamp start = times_.start(ctx.current_processing_time());
      ctx.register_processing_time_timer(times_.set_after(start, window.max_timestamp()));
    }
    return TriggerResult::CONTINUE;
  }
  template <class W>
  TriggerResult on_event_time(Timestamp, const W&, TriggerContext&) const {
    return TriggerResult::CONTINUE;
  }
  template <class W>
  TriggerResult on_processing_time(Timestamp time, const W& window, TriggerContext& ctx) const {
    if (!times_.is_at(time)) return TriggerResult::CONTINUE;
    ctx.register_processing_time_timer(times_.set_after(time, window.max_timestamp()));
    return TriggerResult::FIRE;
  }
  template <class W>
  void clear(const W&, TriggerContext& ctx) const {
    times_.with([&ctx](Timestamp next) { ctx.delete_processing_time_timer(next); });
    times_.clear();
  }
  bool can_merge() const { return true; }
  template <class W>
  void on_merge(const W&, OnMergeContext& ctx) const {
    times_.merge(ctx);
    times_.with([&ctx](Timestamp next) { ctx.register_processing_time_timer(next); });
  }

 private:
  explicit ContinuousProcessingTimeTrigger(std::chrono::milliseconds interval)
      : times_("ContinuousProcessingTimeTrigger", interval) {}
  detail::ContinuousTimes times_;
};

}  // namespace flink
