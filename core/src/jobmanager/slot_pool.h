// SPDX-License-Identifier: Apache-2.0
// Which slots there are and what they hold. A shared slot is subtask number i of every vertex of
// one slot sharing group: one parallel slice of the pipeline. It keeps its place until that is
// released or its TaskManager is gone. Sans-io, deterministic: TaskManagers are filled one after
// the other as they came, so that a small job stays within one process.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace flink::jobmanager {

struct SharedSlot {
  std::string group;
  int index = 0;
  int region = -1;  // in batch a region shares its slots with no other; else -1
  friend auto operator<=>(const SharedSlot&, const SharedSlot&) = default;
};

struct SlotPlace {
  std::string taskmanager;
  int slot = 0;
  friend auto operator<=>(const SlotPlace&, const SlotPlace&) = default;
};

class SlotPool {
 public:
  void add(const std::string& taskmanager, int slots);
  // Its shared slots lose their place.
  void remove(const std::string& taskmanager);

  // Gives every one of these a place, or, when there is not enough room, none of those without one.
  bool allocate(std::span<const SharedSlot> wanted);
  // Those of them that have a place lose it, for others.
  void release(std::span<const SharedSlot> slots);
  std::optional<SlotPlace> place(const SharedSlot& slot) const;

  int total() const;
  int free() const;
  std::vector<std::pair<SharedSlot, SlotPlace>> allocated() const;

 private:
  struct TaskManager {
    std::string id;
    std::vector<bool> used;
  };
  std::vector<TaskManager> taskmanagers_;  // as they came
  std::map<SharedSlot, SlotPlace> places_;
};

}  // namespace flink::jobmanager
