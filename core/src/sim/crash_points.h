// SPDX-License-Identifier: Apache-2.0
// Where a simulated process may die: every effect it has on the world is a point (an operation on a
// file, a message sent, a line logged), named by what it is ("taskmanager rename chk-#/_metadata"),
// and the process may die before, in the middle of, or after it. From outside nothing else can be
// told of a crash but which effects came to be, so these are all protocol steps there are, in every
// process, without a mark in the code under test.
//
// One crash is armed at a time: it chooses among the names seen so far in this run, each as likely
// as any other however often it is passed, or waits for a name never seen before.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/random.h"
#include "sim/life.h"
#include "sim/sim_queue.h"
#include "sim/trace.h"

namespace flink::sim {

// "/out/chk-17/_metadata" as "chk-#/_metadata": what is the same from run to run.
std::string point_name(std::string_view what, std::string_view object);

class CrashPoints {
 public:
  enum class Fate : std::uint8_t { lives, before, middle, after };
  struct Count {
    std::uint64_t passed = 0, crashed = 0;
  };
  using Counts = std::map<std::string, Count, std::less<>>;

  CrashPoints(const SimQueue& queue, Trace& trace, std::uint64_t seed)
      : queue_(queue), trace_(trace), random_(seed) {}

  // Whether that process may be ended by a crash now; whether JobManagers may at all.
  std::function<bool(const Life& life)> allowed;
  bool jobmanagers_too = false;
  // It has just fallen silent; to be ended for good by a later action.
  std::function<void(const LifeRef& life)> crashed;

  // The next time that the chosen point is passed its process dies; when nobody passes it for a
  // while, another one is chosen.
  void arm();
  void disarm() { armed_.reset(); }
  bool armed() const { return armed_.has_value(); }

  // For those who carry out effects: what becomes of the process in this one. The caller carries
  // out nothing, a part or all of it, and then calls kill(). `point`: from point_name().
  Fate pass(const LifeRef& life, std::string_view point, bool divisible);
  void kill(const LifeRef& life);
  // An effect that is there or not.
  template <class Effect>
  void act(const LifeRef& life, std::string_view point, Effect effect) {
    const Fate fate = pass(life, point, false);
    if (fate != Fate::before) effect();
    if (fate != Fate::lives) kill(life);
  }

  const Counts& counts() const { return counts_; }

 private:
  void choose();
  struct Armed {
    std::string point;  // empty: one that was never seen
    TimePoint patience;
    std::uint64_t skip = 0;  // passes to let go by
    Fate fate = Fate::before;
  };

  const SimQueue& queue_;
  Trace& trace_;
  base::SeededRandom random_;
  Counts counts_;  // by process kind and point
  std::optional<Armed> armed_;
  std::string key_;
};

}  // namespace flink::sim
