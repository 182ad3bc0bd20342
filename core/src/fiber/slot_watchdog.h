// SPDX-License-Identifier: Apache-2.0
// Reports a task that has not yielded for too long (30 s), once a turn: user code that never
// returns, or a lock held across a suspension. A Worker of its own, so that a stuck slot cannot
// silence it. The slots outlive its handle.
#pragma once

#include <functional>
#include <vector>

#include "base/clock.h"
#include "base/executor.h"
#include "fiber/slot.h"

namespace flink::fiber {

class SlotWatchdog final : public base::Worker {
 public:
  // On the watchdog's thread: slot, task and how long its turn has lasted.
  using Report =
      std::function<void(const Slot& slot, const RunningTask& task, base::Duration lasted)>;

  SlotWatchdog(const base::Clock& clock, std::vector<const Slot*> slots, base::Duration limit,
               Report report);
  base::Step step() override;

 private:
  const base::Clock& clock_;
  std::vector<const Slot*> slots_;
  std::vector<base::TimePoint> reported_;  // by slot: the turn already reported began then
  base::Duration limit_;
  Report report_;
};

// What step() looks for, for those who ask now: the tasks whose turn has lasted `limit` or longer.
std::vector<RunningTask> stuck_tasks(const std::vector<const Slot*>& slots, base::TimePoint now,
                                     base::Duration limit);

}  // namespace flink::fiber
