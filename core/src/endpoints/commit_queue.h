// SPDX-License-Identifier: Apache-2.0
// Commits that are due: tried together, the oldest first, and tried again after a pause, each for
// itself. Sans-io: the owner carries tries out and tells what became of them.
#pragma once

#include <flink/detail/sink_coordinator.h>

#include <chrono>
#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <vector>

namespace flink::detail {

class CommitQueue {
 public:
  void add(std::int64_t checkpoint, std::string committable);
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
  std::vector<std::string> committables() const;

 private:
  enum class State : unsigned char { due, under_way, paused };
  struct Request {
    std::int64_t checkpoint = 0;
    std::string committable;
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
