// SPDX-License-Identifier: Apache-2.0
// When a task takes a checkpoint, given what its channels bring (Flink, "Checkpointing"). Sans-io:
// events in, actions out; `now` is wall-clock milliseconds. One task, one thread.
//
// Aligned: a channel that has brought the barrier is blocked until all live ones have. Unaligned:
// the checkpoint is taken as soon as it is heard of; what the other channels still bring before
// their barrier is part of it (recording). Channels whose records could not be dealt out again at
// another parallelism (pointwise, broadcast) are waited for in any case. An aligned checkpoint with
// a timeout turns unaligned when the timeout has passed since its trigger. At least once: nothing
// is blocked, and several checkpoints may be under way.
//
// The end of a channel counts as its barrier. Of two checkpoints the newer one wins: what is heard
// of an older one later is ignored. Ids that were given up are never taken.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "channels/element.h"

namespace flink::channels {

struct BarrierOptions {
  bool exactly_once = true;
  // An aligned checkpoint turns unaligned that long after its trigger; none: never.
  std::optional<std::int64_t> aligned_timeout_millis;
};

// In this order: unblocked, blocked, given up, then taken.
struct BarrierActions {
  struct Trigger {
    Barrier barrier;
    bool unaligned = false;               // recording channels are part of it
    std::int64_t first_heard_millis = 0;  // when alignment began
  };
  bool unblock_all = false;
  std::optional<std::size_t> block;
  std::vector<std::int64_t> given_up;    // taken or not: they get no further here
  std::vector<Trigger> triggers;         // oldest first
  std::optional<std::int64_t> recorded;  // that unaligned one has all its channels now

  bool empty() const {
    return !block && !unblock_all && given_up.empty() && triggers.empty() && !recorded;
  }
};

class BarrierHandler {
 public:
  // `recordable`: by channel; those whose records an unaligned checkpoint may hold.
  BarrierHandler(std::vector<bool> recordable, BarrierOptions options);

  // The barrier itself, in order with the channel's records.
  BarrierActions barrier(std::size_t channel, const Barrier& barrier, std::int64_t now);
  // A barrier is under way in that channel, behind records.
  BarrierActions announced(std::size_t channel, const Barrier& barrier, std::int64_t now);
  BarrierActions ended(std::size_t channel, std::int64_t now);
  // Its end was seen behind records that are recorded, but not processed yet: ended() follows.
  BarrierActions recorded_to_end(std::size_t channel, std::int64_t now);
  // The JobManager has given it up.
  BarrierActions aborted(std::int64_t checkpoint_id);
  // The time timeout() has come.
  BarrierActions timed_out(std::int64_t now);
  std::optional<std::int64_t> timeout() const;
  // The JobManager starts it here, since every producer has finished (or there is none); the ends
  // of the channels may still be under way.
  BarrierActions start(const Barrier& barrier, std::int64_t now);

  // Records of that channel are part of the unaligned checkpoint under way.
  bool recording(std::size_t channel) const;
  bool recording_any() const;
  // Its id; only while recording_any().
  std::int64_t recorded_id() const { return pending_.begin()->first; }
  // Something is known of a checkpoint that is not complete here.
  bool aligning() const { return !pending_.empty(); }

 private:
  struct Pending {
    Barrier barrier;
    std::vector<bool> arrived;
    std::int64_t first_heard_millis = 0;
    bool triggered = false;  // unaligned: still recording
  };
  Pending* find_or_begin(const Barrier& barrier, std::int64_t now, BarrierActions& actions);
  void advance(std::int64_t now, BarrierActions& actions);
  void advance_one(std::int64_t now, BarrierActions& actions);
  void advance_all(BarrierActions& actions);
  void give_up(std::int64_t id, BarrierActions& actions);
  void passed(std::int64_t id);
  void unblock(BarrierActions& actions);
  bool complete(const Pending& pending) const;
  bool unaligned_due(const Pending& pending) const;
  bool may_convert(const Pending& pending) const;

  const std::vector<bool> recordable_;
  const BarrierOptions options_;
  std::vector<bool> ended_;
  std::map<std::int64_t, Pending> pending_;    // exactly once: one at most
  std::map<std::int64_t, Barrier> announced_;  // begin when nothing else is under way
  std::int64_t last_ = -1;                     // taken or given up: it and all older ones
  std::set<std::int64_t> aborted_;             // newer than last_
  bool blocking_ = false;
};

}  // namespace flink::channels
