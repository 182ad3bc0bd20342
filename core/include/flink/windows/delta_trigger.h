// SPDX-License-Identifier: Apache-2.0
// DeltaTrigger: fires when an element is far enough from the one at which it fired last (at first:
// from the window's first). Windows that merge cannot have it.
#pragma once

#include <flink/state/value_state.h>
#include <flink/windows/trigger.h>

#include <type_traits>
#include <utility>

namespace flink {

template <class T, class Delta>
class DeltaTriggerOf {
 public:
  using NeverPurges = DeltaTriggerOf;
  DeltaTriggerOf(double threshold, Delta delta) : threshold_(threshold), delta_(std::move(delta)) {}

  template <class W>
  TriggerResult on_element(const T& element, Timestamp, const W&, TriggerContext&) const {
    const T* const last = last_.value();
    if (last == nullptr) {
      last_.update(element);
      return TriggerResult::CONTINUE;
    }
    if (!(delta_(*last, element) > threshold_)) return TriggerResult::CONTINUE;
    last_.update(element);
    return TriggerResult::FIRE;
  }
  template <class W>
  TriggerResult on_event_time(Timestamp, const W&, TriggerContext&) const {
    return TriggerResult::CONTINUE;
  }
  template <class W>
  TriggerResult on_processing_time(Timestamp, const W&, TriggerContext&) const {
    return TriggerResult::CONTINUE;
  }
  template <class W>
  void clear(const W&, TriggerContext&) const {
    last_.clear();
  }

 private:
  double threshold_;
  Delta delta_;
  ValueState<T> last_{"trigger-last-element"};
};

template <class T>
class DeltaTrigger {
 public:
  // delta: double(const T& old, const T& new); fires when it is greater than the threshold.
  template <class Delta>
  static DeltaTriggerOf<T, Delta> of(double threshold, Delta delta) {
    static_assert(std::is_invocable_r_v<double, const Delta&, const T&, const T&>,
                  "flinkc: DeltaTrigger's function takes two elements and gives how far apart they "
                  "are: write [](const Record& last, const Record& now) { return 1.0; }");
    return {threshold, std::move(delta)};
  }
};

}  // namespace flink
