// SPDX-License-Identifier: Apache-2.0
#include "jobmanager/held_events.h"

#include <algorithm>

namespace flink::jobmanager {

void HeldEvents::add(protocol::OperatorEvent event) {
  auto& events = held_[{event.attempt, event.op}];
  events.push_back({newest_[event.op], std::move(event)});
}

void HeldEvents::passed(const base::OperatorId& op, std::int64_t checkpoint_id) {
  auto& newest = newest_[op];
  newest = std::max(newest, checkpoint_id);
}

void HeldEvents::add(Snapshot snapshot) { snapshots_.push_back(std::move(snapshot)); }

std::optional<HeldEvents::Snapshot> HeldEvents::take_snapshot() {
  if (snapshots_.empty()) return std::nullopt;
  const auto id = snapshots_.front().checkpoint_id;
  const bool early = std::any_of(held_.begin(), held_.end(), [id](const auto& entry) {
    return entry.second.front().after < id;
  });
  if (early) return std::nullopt;
  auto out = std::move(snapshots_.front());
  snapshots_.pop_front();
  return out;
}

}  // namespace flink::jobmanager
