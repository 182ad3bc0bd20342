// SPDX-License-Identifier: Apache-2.0
// Says when a turn has lasted for a millisecond or two: user code is slow, so its task looks up
// between two records (flink/fiber/turn.h). A Worker of its own; wakes up each millisecond while
// turns are long, else every few. The slots outlive its handle.
#pragma once

#include <vector>

#include "base/clock.h"
#include "base/executor.h"
#include "fiber/slot.h"

namespace flink::fiber {

class TurnClock final : public base::Worker {
 public:
  static constexpr base::Duration long_turn = std::chrono::milliseconds{1};

  TurnClock(const base::Clock& clock, std::vector<Slot*> slots)
      : clock_(clock), slots_(std::move(slots)) {}
  base::Step step() override;

 private:
  static constexpr base::Duration pause_max = std::chrono::milliseconds{8};

  const base::Clock& clock_;
  std::vector<Slot*> slots_;
  base::Duration pause_ = long_turn;
};

}  // namespace flink::fiber
