// SPDX-License-Identifier: Apache-2.0
// ProcessingTimeoutTrigger: another trigger, but the window fires too when so much processing time
// has gone by since its first element (or, on demand, since its newest).
#pragma once

#include <flink/state/value_state.h>
#include <flink/windows/trigger.h>
#include <flink/windows/window_assigner.h>

#include <cstdint>
#include <utility>

namespace flink {

namespace detail {
void check_trigger_timeout(std::chrono::milliseconds timeout);
}

template <class Nested>
class ProcessingTimeoutTriggerOf {
 public:
  using NeverPurges =
      std::conditional_t<detail::never_purges<Nested>, ProcessingTimeoutTriggerOf, void>;
  ProcessingTimeoutTriggerOf(Nested nested, std::chrono::milliseconds timeout, bool reset,
                             bool clear_on_timeout)
      : nested_(std::move(nested)),
        timeout_(timeout),
        reset_(reset),
        clear_on_timeout_(clear_on_timeout) {
    detail::check_trigger_timeout(timeout);
  }

  template <class T, class W>
  TriggerResult on_element(const T& element, Timestamp at, const W& window, TriggerContext& ctx) {
    const TriggerResult result = nested_.on_element(element, at, window, ctx);
    if (is_fire(result)) {
      clear(window, ctx);
      return result;
    }
    if (reset_) forget(ctx);
    if (due_.value() == nullptr) {
      const std::int64_t due = detail::saturating_add(
          ctx.current_processing_time().time_since_epoch().count(), timeout_.count());
      due_.update(due);
      ctx.register_processing_time_timer(timestamp_of_millis(due));
    }
    return result;
  }
  template <class W>
  TriggerResult on_event_time(Timestamp time, const W& window, TriggerContext& ctx) {
    const TriggerResult result = nested_.on_event_time(time, window, ctx);
    if (clear_on_timeout_) clear(window, ctx);
    return firing(result);
  }
  template <class W>
  TriggerResult on_processing_time(Timestamp time, const W& window, TriggerContext& ctx) {
    const TriggerResult result = nested_.on_processing_time(time, window, ctx);
    if (clear_on_timeout_) clear(window, ctx);
    return firing(result);
  }
  template <class W>
  void clear(const W& window, TriggerContext& ctx) {
    forget(ctx);
    nested_.clear(window, ctx);
  }

 private:
  // Whatever timer comes, the window fires.
  static TriggerResult firing(TriggerResult result) {
    return is_purge(result) ? TriggerResult::FIRE_AND_PURGE : TriggerResult::FIRE;
  }
  void forget(TriggerContext& ctx) {
    const std::int64_t* const due = due_.value();
    if (due == nullptr) return;
    ctx.delete_processing_time_timer(timestamp_of_millis(*due));
    due_.clear();
  }

  Nested nested_;
  std::chrono::milliseconds timeout_;
  bool reset_, clear_on_timeout_;
  ValueState<std::int64_t> due_{"trigger-timeout"};
};

class ProcessingTimeoutTrigger {
 public:
  // reset_timer_on_new_record: the time counts from the newest element. should_clear_on_timeout:
  // the nested trigger begins anew when a timer fires.
  template <class Nested>
  static ProcessingTimeoutTriggerOf<Nested> of(Nested nested, std::chrono::milliseconds timeout,
                                               bool reset_timer_on_new_record = false,
                                               bool should_clear_on_timeout = true) {
    return {std::move(nested), timeout, reset_timer_on_new_record, should_clear_on_timeout};
  }
};

}  // namespace flink
