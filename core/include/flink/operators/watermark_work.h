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
  // In open(), once the timers are there. `left`: a restored watermark was not worked off whole.
  // Then what is left fires before anything comes in. Other timers that are due have been set
  // behind that watermark: they wait for the next one, whether or not this one comes again.
  void open(bool may_pause, TimerService& timers, bool left) {
    timers_ = &timers;
    may_pause_ = may_pause;
    fires_ = left;
    pending_ = may_pause && left;
  }
  void begin(Timestamp watermark) {
    fires_ = fires_ || watermark != timers_->current_watermark();
    timers_->set_watermark(watermark);
    pending_ = true;
  }
  // A piece. True: that was all, and the watermark goes on.
  template <class Fire>
  bool go_on(const Pace& pace, Fire&& fire) {
    if (fires_) {
      fires_ = !timers_->fire_event_timers(fire, [&] { return may_pause_ && pace.overdue(); });
    }
    pending_ = fires_;
    return !pending_;
  }
  bool pending() const noexcept { return pending_; }
  // Else who fires looks up by itself.
  bool may_pause() const noexcept { return may_pause_; }

 private:
  TimerService* timers_ = nullptr;
  bool may_pause_ = false;
  bool fires_ = false;  // timers that are due are this watermark's
  bool pending_ = false;
};

}  // namespace flink::detail
