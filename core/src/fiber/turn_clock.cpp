// SPDX-License-Identifier: Apache-2.0
#include "fiber/turn_clock.h"

#include <algorithm>

namespace flink::fiber {

base::Step TurnClock::step() {
  const auto now = clock_.now();
  bool any = false;
  for (Slot* slot : slots_) {
    const auto since = slot->turn_since();
    if (!since || now - *since < long_turn) continue;
    slot->raise_overdue();
    any = true;
  }
  pause_ = any ? long_turn : std::min(2 * pause_, pause_max);
  return base::Step::park(now + pause_);
}

}  // namespace flink::fiber
