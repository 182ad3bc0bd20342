// SPDX-License-Identifier: Apache-2.0
// The triggers that GlobalWindows has of itself: never, and at the end of the input.
#pragma once

#include <flink/windows/trigger.h>

namespace flink {

class NeverTrigger {
 public:
  using NeverPurges = NeverTrigger;
  static NeverTrigger create() { return {}; }

  template <class T, class W>
  TriggerResult on_element(const T&, Timestamp, const W&, TriggerContext&) const {
    return TriggerResult::CONTINUE;
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
  void clear(const W&, TriggerContext&) const {}
};

// Of a bounded input: what grows there ends, so it is no NeverPurges.
class EndOfStreamTrigger : public NeverTrigger {
 public:
  static EndOfStreamTrigger create() { return {}; }

  template <class T, class W>
  TriggerResult on_element(const T&, Timestamp, const W& window, TriggerContext& ctx) const {
    ctx.register_event_time_timer(window.max_timestamp());
    return TriggerResult::CONTINUE;
  }
  template <class W>
  TriggerResult on_event_time(Timestamp time, const W& window, TriggerContext&) const {
    return time == window.max_timestamp() ? TriggerResult::FIRE : TriggerResult::CONTINUE;
  }
};

}  // namespace flink
