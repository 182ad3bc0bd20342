// SPDX-License-Identifier: Apache-2.0
#include "jobmanager/held_events.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>

#include "base/random.h"

namespace flink::jobmanager {
namespace {

// Two coordinators hand out numbers, two subtasks hold them; several checkpoints at once, for which
// each coordinator gives its state when it comes to it.
struct World {
  struct Pending {
    std::set<int> given;    // in the coordinators' states
    std::set<int> passed;   // coordinators
    std::set<int> held;     // in the subtasks' states
    std::set<int> waiting;  // subtasks
  };

  explicit World(std::uint64_t seed) : random(seed) {}

  void release() {
    const auto holds_back = [&](const base::AttemptId& attempt, std::int64_t up_to) {
      for (const auto& [id, one] : pending) {
        if (id <= up_to && one.waiting.contains(attempt.subtask)) return true;
      }
      return false;
    };
    for (;;) {
      for (auto& event : events.take_events(holds_back)) {
        wire[event.attempt.subtask].push_back(std::stoi(event.payload));
      }
      auto snapshot = events.take_snapshot();
      if (!snapshot) return;
      const auto found = pending.find(snapshot->checkpoint_id);
      if (found == pending.end()) continue;  // aborted
      for (auto& commands : wire) commands.push_back(-static_cast<int>(found->first));
    }
  }
  void step() {
    const auto what = random.below(9);
    if (what < 3) {  // the coordinator gives something away
      const int subtask = static_cast<int>(random.below(2));
      const int split = next_split++;
      const auto coordinator = random.below(2);
      given[coordinator].insert(split);
      events.add(
          protocol::OperatorEvent{{{1, 1}, subtask, 0}, {1, coordinator}, std::to_string(split)});
    } else if (what == 3 && pending.size() < 3) {
      pending[next_checkpoint++] = {{}, {}, {}, {0, 1}};
    } else if (what == 7) {
      pass(static_cast<int>(random.below(2)));
    } else if (what == 4 && !pending.empty() && random.below(4) == 0) {
      pending.erase(pending.begin());
    } else {
      const auto subtask = random.below(2);
      auto& commands = wire[subtask];
      if (!commands.empty()) {
        const int command = commands.front();
        commands.pop_front();
        if (command > 0) has[subtask].insert(command);
        else acknowledge(-command, static_cast<int>(subtask));
      }
    }
    release();
  }
  // The oldest checkpoint that it has not passed.
  void pass(int coordinator) {
    const auto found = std::find_if(pending.begin(), pending.end(), [&](const auto& entry) {
      return !entry.second.passed.contains(coordinator);
    });
    if (found == pending.end()) return;
    auto& [id, one] = *found;
    one.given.insert(given[coordinator].begin(), given[coordinator].end());
    one.passed.insert(coordinator);
    events.passed({1, static_cast<std::uint64_t>(coordinator)}, id);
    if (one.passed.size() == 2) events.add(HeldEvents::Snapshot{id, {}});
  }
  void acknowledge(std::int64_t id, int subtask) {
    const auto found = pending.find(id);
    if (found == pending.end()) return;
    auto& one = found->second;
    one.held.insert(has[subtask].begin(), has[subtask].end());
    one.waiting.erase(subtask);
    if (!one.waiting.empty()) return;
    CHECK(one.held == one.given);  // nothing is lost, nothing is there twice
    ++complete;
    pending.erase(found);
  }

  base::SeededRandom random;
  HeldEvents events;
  std::map<std::int64_t, Pending> pending;
  std::set<int> given[2];
  std::set<int> has[2];
  std::deque<int> wire[2];  // splits, and barriers as negative ids
  int next_split = 1;
  std::int64_t next_checkpoint = 1;
  int complete = 0;
};

}  // namespace

TEST_CASE("held events: each checkpoint has what was given away before it, and nothing else") {
  int complete = 0;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    CAPTURE(seed);
    World world{seed};
    for (int i = 0; i < 400; ++i) world.step();
    complete += world.complete;
  }
  CHECK(complete > 1000);
}

}  // namespace flink::jobmanager
