// SPDX-License-Identifier: Apache-2.0
// The times that windows can be in: where an element's is from, and the trigger that goes with it.
#pragma once

#include <flink/windows/time_triggers.h>
#include <flink/windows/window_assigner.h>

namespace flink::detail {

struct EventTimeClock {
  using Trigger = EventTimeTrigger;
  static constexpr bool event_time = true;
  static std::int64_t time_of(Timestamp at, const WindowAssignerContext&) {
    return at.time_since_epoch().count();
  }
};
struct ProcessingTimeClock {
  using Trigger = ProcessingTimeTrigger;
  static constexpr bool event_time = false;
  static std::int64_t time_of(Timestamp, const WindowAssignerContext& ctx) {
    return ctx.current_processing_time().time_since_epoch().count();
  }
};

}  // namespace flink::detail
