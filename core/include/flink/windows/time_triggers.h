// SPDX-License-Identifier: Apache-2.0
// The triggers of time windows: fire when the watermark, or the clock, has reached the window's
// end. What event-time and processing-time windows have by default.
#pragma once

#include <flink/windows/trigger.h>

#include <type_traits>

namespace flink {

class EventTimeTrigger {
 public:
  using NeverPurges = EventTimeTrigger;
  static EventTimeTrigger create() { return {}; }

  // A window that is late, but still kept, fires for each element.
  template <class T, class W>
  TriggerResult on_element(const T&, Timestamp, const W& window, TriggerContext& ctx) const {
    if (window.max_timestamp() <= ctx.current_watermark()) return TriggerResult::FIRE;
    ctx.register_event_time_timer(window.max_timestamp());
    return TriggerResult::CONTINUE;
  }
  template <class W>
  TriggerResult on_event_time(Timestamp time, const W& window, TriggerContext&) const {
    return time == window.max_timestamp() ? TriggerResult::FIRE : TriggerResult::CONTINUE;
  }
  template <class W>
  TriggerResult on_processing_time(Timestamp, const W&, TriggerContext&) const {
    return TriggerResult::CONTINUE;
  }
  template <class W>
  void clear(const W& window, TriggerContext& ctx) const {
    ctx.delete_event_time_timer(window.max_timestamp());
  }
  bool can_merge() const { return true; }
  template <class W>
  void on_merge(const W& window, OnMergeContext& ctx) const {
    // Else on_element() fires, and a timer would do it twice.
    if (window.max_timestamp() > ctx.current_watermark()) {
      ctx.register_event_time_timer(window.max_timestamp());
    }
  }

  // For the operator: to a window that holds elements, one more changes nothing but this.
  template <class W>
  static bool fires_at_once(const W& window, Timestamp watermark) {
    return window.max_timestamp() <= watermark;
  }
};

class ProcessingTimeTrigger {
 public:
  using NeverPurges = ProcessingTimeTrigger;
  static ProcessingTimeTrigger create() { return {}; }

  template <class T, class W>
  TriggerResult on_element(const T&, Timestamp, const W& window, TriggerContext& ctx) const {
    ctx.register_processing_time_timer(window.max_timestamp());
    return TriggerResult::CONTINUE;
  }
  template <class W>
  TriggerResult on_event_time(Timestamp, const W&, TriggerContext&) const {
    return TriggerResult::CONTINUE;
  }
  template <class W>
  TriggerResult on_processing_time(Timestamp, const W&, TriggerContext&) const {
    return TriggerResult::FIRE;
  }
  template <class W>
  void clear(const W& window, TriggerContext& ctx) const {
    ctx.delete_processing_time_timer(window.max_timestamp());
  }
  bool can_merge() const { return true; }
  template <class W>
  void on_merge(const W& window, OnMergeContext& ctx) const {
    if (window.max_timestamp() > ctx.current_processing_time()) {
      ctx.register_processing_time_timer(window.max_timestamp());
    }
  }

  // For the operator, as above.
  template <class W>
  static bool fires_at_once(const W&, Timestamp) {
    return false;
  }
};

namespace detail {

// Exactly one of these two: what derives from one may do more for an element.
template <class Trigger>
constexpr bool is_time_trigger =
    std::is_same_v<Trigger, EventTimeTrigger> || std::is_same_v<Trigger, ProcessingTimeTrigger>;

// And of the time that the assigner's windows have; what only an object of it tells does not count.
template <class Trigger, class Assigner>
constexpr bool is_time_trigger_of = [] {
  if constexpr (requires { typename std::bool_constant<Assigner::is_event_time()>; }) {
    return is_time_trigger<Trigger> &&
           Assigner::is_event_time() == std::is_same_v<Trigger, EventTimeTrigger>;
  } else {
    return false;
  }
}();

}  // namespace detail
}  // namespace flink
