// SPDX-License-Identifier: Apache-2.0
#include "jobmanager/slot_pool.h"

#include <flink/base/check.h>

#include <algorithm>

namespace flink::jobmanager {

void SlotPool::add(const std::string& taskmanager, int slots) {
  FLINK_CHECK(slots > 0, taskmanager, slots);
  taskmanagers_.push_back({taskmanager, std::vector<bool>(static_cast<std::size_t>(slots))});
}

void SlotPool::remove(const std::string& taskmanager) {
  std::erase_if(taskmanagers_, [&](const TaskManager& t) { return t.id == taskmanager; });
  std::erase_if(places_, [&](const auto& p) { return p.second.taskmanager == taskmanager; });
}

bool SlotPool::allocate(std::span<const SharedSlot> wanted) {
  std::vector<const SharedSlot*> missing;
  for (const auto& slot : wanted) {
    if (!places_.contains(slot)) missing.push_back(&slot);
  }
  if (static_cast<int>(missing.size()) > free()) return false;
  auto next = missing.begin();
  for (auto& taskmanager : taskmanagers_) {
    for (std::size_t i = 0; i < taskmanager.used.size() && next != missing.end(); ++i) {
      if (taskmanager.used[i]) continue;
      taskmanager.used[i] = true;
      places_[**next++] = {taskmanager.id, static_cast<int>(i)};
    }
  }
  FLINK_CHECK(next == missing.end());
  return true;
}

void SlotPool::release(std::span<const SharedSlot> slots) {
  for (const auto& slot : slots) {
    const auto found = places_.find(slot);
    if (found == places_.end()) continue;
    const auto& [id, index] = found->second;
    for (auto& taskmanager : taskmanagers_) {
      if (taskmanager.id == id) taskmanager.used[static_cast<std::size_t>(index)] = false;
    }
    places_.erase(found);
  }
}

std::optional<SlotPlace> SlotPool::place(const SharedSlot& slot) const {
  const auto found = places_.find(slot);
  if (found == places_.end()) return std::nullopt;
  return found->second;
}

int SlotPool::total() const {
  std::size_t count = 0;
  for (const auto& taskmanager : taskmanagers_) count += taskmanager.used.size();
  return static_cast<int>(count);
}

int SlotPool::free() const { return total() - static_cast<int>(places_.size()); }

std::vector<std::pair<SharedSlot, SlotPlace>> SlotPool::allocated() const {
  return {places_.begin(), places_.end()};
}

}  // namespace flink::jobmanager
