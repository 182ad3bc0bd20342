// SPDX-License-Identifier: Apache-2.0
#include "fiber/slot_watchdog.h"

#include <utility>

namespace flink::fiber {

SlotWatchdog::SlotWatchdog(const base::Clock& clock, std::vector<const Slot*> slots,
                           base::Duration limit, Report report)
    : clock_(clock),
      slots_(std::move(slots)),
      reported_(slots_.size(), base::TimePoint::never()),
      limit_(limit),
      report_(std::move(report)) {}

base::Step SlotWatchdog::step() {
  const auto now = clock_.now();
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    const auto task = slots_[i]->running();
    if (!task || now - task->since < limit_ || reported_[i] == task->since) continue;
    reported_[i] = task->since;
    report_(*slots_[i], *task, now - task->since);
  }
  return base::Step::park(now + limit_ / 4);
}

std::vector<RunningTask> stuck_tasks(const std::vector<const Slot*>& slots, base::TimePoint now,
                                     base::Duration limit) {
  std::vector<RunningTask> stuck;
  for (const Slot* slot : slots) {
    auto task = slot->running();
    if (task && now - task->since >= limit) stuck.push_back(std::move(*task));
  }
  return stuck;
}

}  // namespace flink::fiber
