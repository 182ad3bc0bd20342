// SPDX-License-Identifier: Apache-2.0
// PurgingTrigger: another trigger, but whenever that fires the window is emptied.
#pragma once

#include <flink/windows/trigger.h>

#include <utility>

namespace flink {

template <class Nested>
class PurgingTriggerOf {
 public:
  explicit PurgingTriggerOf(Nested nested) : nested_(std::move(nested)) {}

  template <class T, class W>
  TriggerResult on_element(const T& element, Timestamp at, const W& window, TriggerContext& ctx) {
    return purging(nested_.on_element(element, at, window, ctx));
  }
  template <class W>
  TriggerResult on_event_time(Timestamp time, const W& window, TriggerContext& ctx) {
    return purging(nested_.on_event_time(time, window, ctx));
  }
  template <class W>
  TriggerResult on_processing_time(Timestamp time, const W& window, TriggerContext& ctx) {
    return purging(nested_.on_processing_time(time, window, ctx));
  }
  template <class W>
  void clear(const W& window, TriggerContext& ctx) {
    nested_.clear(window, ctx);
  }
  bool can_merge() const requires requires(const Nested& nested) { nested.can_merge(); }
  { return nested_.can_merge(); }
  template <class W>
  void on_merge(const W& window, OnMergeContext& ctx) requires requires(Nested& nested) {
    nested.on_merge(window, ctx);
  }
  { nested_.on_merge(window, ctx); }

  const Nested& nested() const { return nested_; }

 private:
  static TriggerResult purging(TriggerResult result) {
    return is_fire(result) ? TriggerResult::FIRE_AND_PURGE : result;
  }
  Nested nested_;
};

class PurgingTrigger {
 public:
  template <class Nested>
  static PurgingTriggerOf<Nested> of(Nested nested) {
    return PurgingTriggerOf<Nested>{std::move(nested)};
  }
};

}  // namespace flink
