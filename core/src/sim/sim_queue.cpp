// SPDX-License-Identifier: Apache-2.0
#include "sim/sim_queue.h"

#include <flink/base/check.h>

#include <vector>

namespace flink::sim {

void SimQueue::at(TimePoint time, const LifeRef& owner, Action action) {
  if (owner && !owner->alive) return;
  if (time < now_) time = now_;
  entries_.emplace(std::pair{time, sequence_++}, Entry{owner, std::move(action)});
}

void SimQueue::advance_to(TimePoint time) {
  FLINK_CHECK(time >= now_, time.since_origin.count(), now_.since_origin.count());
  now_ = time;
}

void SimQueue::run_one() {
  FLINK_CHECK(!entries_.empty());
  auto node = entries_.extract(entries_.begin());
  advance_to(node.key().first);
  ++actions_run_;
  Entry& entry = node.mapped();
  if (!entry.owner || entry.owner->alive) entry.action();
}

void SimQueue::forget(const Life& owner) {
  // Out of the map first: a destructor may schedule.
  std::vector<Entry> dead;
  for (auto it = entries_.begin(); it != entries_.end();) {
    if (it->second.owner.get() == &owner) {
      dead.push_back(std::move(it->second));
      it = entries_.erase(it);
    } else {
      ++it;
    }
  }
}

void SimQueue::clear() {
  while (!entries_.empty()) {
    const auto dead = std::exchange(entries_, {});
  }
}

}  // namespace flink::sim
