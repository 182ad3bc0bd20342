// SPDX-License-Identifier: Apache-2.0
// A watermark that fires many timers is worked off in pieces, as long as a turn each. Between two
// of them the task looks at its mail and at barriers: timers that are still due are state, and part
// of the checkpoint. Of an operator with timers; the slot's thread only.
#pragma once

#include <flink/fiber/turn.h>
#include <flink/state/timer_service.h>

namespace flink::detail {

class WatermarkWork {
 public:
  // In open(), once the timers are there. What was left at a snapshot fires with the next
  // watermark, since timers that are due may as well have been set behind the last one; at once
  // where no further one comes.
  void open(bool may_pause, TimerService& timers) {
    timers_ = &timers;
    may_pause_ = may_pause;
    pending_ =
        may_pause && timers.current_watermark() == max_timestamp && timers.event_timers_are_due();
  }
  void begin(Timestamp watermark) {
    timers_->set_watermark(watermark);
    pending_ = true;
  }
  // A piece. True: that was all, and the watermark goes on.
  template <class Fire>
  bool go_on(const Pace& pace, Fire&& fire) {
    pending_ = !timers_->fire_event_timers(fire, [&] { return may_pause_ && pace.overdue(); });
    return !pending_;
  }
  bool pending() const noexcept { return pending_; }
  // Else who fires looks up by itself.
  bool may_pause() const noexcept { return may_pause_; }

 private:
  TimerService* timers_ = nullptr;
  bool may_pause_ = false;
  bool pending_ = false;
};

}  // namespace flink::detail
