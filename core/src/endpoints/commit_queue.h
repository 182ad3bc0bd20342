// SPDX-License-Identifier: Apache-2.0
// Commits that are due: those of a checkpoint are tried together, and tried again after a pause,
// each for itself. Those of the next checkpoint wait until they are all done. Sans-io: the owner
// carries tries out and tells what became of them.
#pragma once

#include <chrono>
#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <vector>

#include "endpoints/sink_state.h"

namespace flink::detail {

class CommitQueue {
 public:
  void add(PlacedCommittable committable);
  // It is the same one, if it is still here.
  void rename(const CommittableId& from, const CommittableId& to);
  // What is to be tried now; nothing while a try is under way.
  std::vector<CommitTry> take();

  // Of one that has to wait for longer.
  struct Pause {
    int ticket = 0;
    std::chrono::nanoseconds length{};
  };
  struct Answer {
    std::vector<Pause> pauses;             // resume() is to be called after each
    std::vector<std::string> given_up;     // reasons
    std::optional<std::string> exhausted;  // the reason of one that has no try left
    std::optional<std::string> impossible;
  };
  // What became of the tries that take() gave, in their order.
  Answer answer(const std::vector<CommitOutcome>& outcomes, int retries_max);
  // None of them is known to have happened: an exception. They are not tried again by themselves.
  void failed();
  void resume(int ticket);
  // Everything is tried now, with new tries.
  void resume_all();

  bool empty() const { return requests_.empty(); }
  // Nothing is under way or can be tried before a pause has ended.
  bool only_pauses() const;
  // Whatever is not known to be committed.
  std::vector<PlacedCommittable> committables() const;
  std::size_t size() const { return requests_.size(); }

 private:
  enum class State : unsigned char { due, under_way, paused };
  struct Request {
    PlacedCommittable what;
    State state = State::due;
    int retries = 0;
    int ticket = 0;
  };
  std::list<Request> requests_;  // the oldest checkpoint first
  int tickets_ = 0;
};

// Before that retry (1, 2, ...): doubled each time, up to a limit.
std::chrono::nanoseconds commit_pause(int retry);

}  // namespace flink::detail
