// SPDX-License-Identifier: Apache-2.0
// Between the coordinators and the subtasks: what a coordinator sends after its state for a
// checkpoint was taken reaches a subtask only after that one's barrier, and what it sent before is
// sent before the checkpoint is triggered. So a checkpoint whose coordinators gave their state
// waits while earlier events are held back for an older one; else it would have them nowhere.
//
// Sans-io; control loop's thread only.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/ids.h"
#include "protocol/task.h"

namespace flink::jobmanager {

class HeldEvents {
 public:
  struct Snapshot {
    std::int64_t checkpoint_id = 0;
    std::map<base::OperatorId, std::string> states;
  };

  // As the coordinators gave them, each in its own order; ids increase.
  void add(protocol::OperatorEvent event);
  // That coordinator's state was taken: what it sends from now on comes after it.
  void passed(const base::OperatorId& op, std::int64_t checkpoint_id);
  // Those of all of them.
  void add(Snapshot snapshot);

  // What may be sent now. `holds_back(attempt, id)`: it has yet to acknowledge a checkpoint that
  // is not newer than id.
  template <class HoldsBack>
  std::vector<protocol::OperatorEvent> take_events(const HoldsBack& holds_back) {
    std::vector<protocol::OperatorEvent> out;
    for (auto at = held_.begin(); at != held_.end();) {
      auto& events = at->second;
      while (!events.empty() && !holds_back(at->first.first, events.front().after)) {
        out.push_back(std::move(events.front().event));
        events.pop_front();
      }
      at = events.empty() ? held_.erase(at) : std::next(at);
    }
    return out;
  }
  // The oldest that no earlier event is held back for.
  std::optional<Snapshot> take_snapshot();

 private:
  struct Held {
    std::int64_t after = 0;  // the newest checkpoint whose state was taken before
    protocol::OperatorEvent event;
  };
  std::map<base::OperatorId, std::int64_t> newest_;
  std::map<std::pair<base::AttemptId, base::OperatorId>, std::deque<Held>> held_;
  std::deque<Snapshot> snapshots_;
};

}  // namespace flink::jobmanager
