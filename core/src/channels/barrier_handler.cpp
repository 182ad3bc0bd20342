// SPDX-License-Identifier: Apache-2.0
#include "channels/barrier_handler.h"

#include <flink/base/check.h>

#include <algorithm>
#include <utility>

namespace flink::channels {

namespace {

bool is_savepoint(const Barrier& barrier) {
  return (barrier.options & (Barrier::savepoint | Barrier::terminate)) != 0;
}

}  // namespace

BarrierHandler::BarrierHandler(std::vector<bool> recordable, BarrierOptions options)
    : recordable_(std::move(recordable)), options_(options), ended_(recordable_.size()) {}

BarrierActions BarrierHandler::barrier(std::size_t channel, const Barrier& barrier,
                                       std::int64_t now) {
  BarrierActions actions;
  Pending* pending = find_or_begin(barrier, now, actions);
  if (pending != nullptr) {
    pending->arrived[channel] = true;
    advance(now, actions);
    const auto left = pending_.find(barrier.checkpoint_id);
    if (options_.exactly_once && left != pending_.end() && !left->second.triggered) {
      actions.block = channel;
      blocking_ = true;
    }
  }
  return actions;
}

BarrierActions BarrierHandler::announced(std::size_t, const Barrier& barrier, std::int64_t now) {
  BarrierActions actions;
  if (!options_.exactly_once) return actions;
  if (barrier.checkpoint_id <= last_) return actions;
  announced_.emplace(barrier.checkpoint_id, barrier);
  advance(now, actions);
  return actions;
}

BarrierActions BarrierHandler::ended(std::size_t channel, std::int64_t now) {
  BarrierActions actions;
  ended_[channel] = true;
  advance(now, actions);
  return actions;
}

BarrierActions BarrierHandler::recorded_to_end(std::size_t channel, std::int64_t now) {
  BarrierActions actions;
  if (!recording(channel)) return actions;
  pending_.begin()->second.arrived[channel] = true;
  advance(now, actions);
  return actions;
}

BarrierActions BarrierHandler::aborted(std::int64_t checkpoint_id) {
  BarrierActions actions;
  if (pending_.contains(checkpoint_id)) {
    give_up(checkpoint_id, actions);
  } else if (checkpoint_id > last_) {
    aborted_.insert(checkpoint_id);
  }
  return actions;
}

BarrierActions BarrierHandler::timed_out(std::int64_t now) {
  BarrierActions actions;
  advance(now, actions);
  return actions;
}

std::optional<std::int64_t> BarrierHandler::timeout() const {
  if (pending_.empty() || !may_convert(pending_.begin()->second)) return std::nullopt;
  return pending_.begin()->second.barrier.timestamp_millis + *options_.aligned_timeout_millis;
}

BarrierActions BarrierHandler::start(const Barrier& barrier, std::int64_t now) {
  BarrierActions actions;
  if (find_or_begin(barrier, now, actions) != nullptr) advance(now, actions);
  return actions;
}

bool BarrierHandler::recording(std::size_t channel) const {
  if (pending_.empty()) return false;
  const Pending& pending = pending_.begin()->second;
  return pending.triggered && !pending.arrived[channel] && !ended_[channel];
}

bool BarrierHandler::recording_any() const {
  return !pending_.empty() && pending_.begin()->second.triggered;
}

// Null: nothing is to come of that one.
BarrierHandler::Pending* BarrierHandler::find_or_begin(const Barrier& barrier, std::int64_t now,
                                                       BarrierActions& actions) {
  const auto id = barrier.checkpoint_id;
  if (const auto found = pending_.find(id); found != pending_.end()) {
    found->second.barrier.options |= barrier.options & Barrier::unaligned;
    return &found->second;
  }
  if (id <= last_ || aborted_.contains(id)) return nullptr;
  if (options_.exactly_once && !pending_.empty()) {
    const auto other = pending_.begin()->first;
    if (other > id) return nullptr;
    give_up(other, actions);
  }
  Pending& fresh = pending_[id];
  fresh.barrier = barrier;
  fresh.arrived.resize(recordable_.size());
  fresh.first_heard_millis = now;
  return &fresh;
}

void BarrierHandler::advance(std::int64_t now, BarrierActions& actions) {
  if (!options_.exactly_once) return advance_all(actions);
  if (!pending_.empty()) advance_one(now, actions);
  while (pending_.empty() && !announced_.empty()) {
    const Barrier barrier = announced_.extract(announced_.begin()).mapped();
    if (find_or_begin(barrier, now, actions) != nullptr) advance_one(now, actions);
  }
}

void BarrierHandler::advance_one(std::int64_t now, BarrierActions& actions) {
  const auto id = pending_.begin()->first;
  Pending& pending = pending_.begin()->second;
  const bool complete_now = complete(pending);
  if (pending.triggered) {
    if (!complete_now) return;
    actions.recorded = id;
    pending_.clear();
    return;
  }
  if (may_convert(pending) && now >= *timeout()) pending.barrier.options |= Barrier::unaligned;
  if (!complete_now && !unaligned_due(pending)) return;
  actions.triggers.push_back({pending.barrier, !complete_now, pending.first_heard_millis});
  unblock(actions);
  passed(id);
  if (complete_now) {
    pending_.clear();
  } else {
    pending.triggered = true;
  }
}

void BarrierHandler::advance_all(BarrierActions& actions) {
  for (auto next = pending_.begin(); next != pending_.end();) {
    if (!complete(next->second)) {
      ++next;
      continue;
    }
    // It stands for the older ones, too.
    for (auto older = pending_.begin(); older != next;) {
      actions.given_up.push_back(older->first);
      older = pending_.erase(older);
    }
    actions.triggers.push_back({next->second.barrier, false, next->second.first_heard_millis});
    passed(next->first);
    next = pending_.erase(next);
  }
}

void BarrierHandler::give_up(std::int64_t id, BarrierActions& actions) {
  pending_.erase(id);
  actions.given_up.push_back(id);
  if (options_.exactly_once) {
    passed(id);
    unblock(actions);
  } else {
    aborted_.insert(id);  // older ones may still be under way
  }
}

void BarrierHandler::passed(std::int64_t id) {
  last_ = std::max(last_, id);
  aborted_.erase(aborted_.begin(), aborted_.upper_bound(last_));
  announced_.erase(announced_.begin(), announced_.upper_bound(last_));
}

void BarrierHandler::unblock(BarrierActions& actions) {
  if (std::exchange(blocking_, false)) actions.unblock_all = true;
}

bool BarrierHandler::complete(const Pending& pending) const {
  for (std::size_t c = 0; c < ended_.size(); ++c) {
    if (!pending.arrived[c] && !ended_[c]) return false;
  }
  return true;
}

bool BarrierHandler::may_convert(const Pending& pending) const {
  return options_.exactly_once && options_.aligned_timeout_millis && !pending.triggered &&
         (pending.barrier.options & Barrier::unaligned) == 0 && !is_savepoint(pending.barrier);
}

// Every channel that an unaligned one must wait for, too, has brought it.
bool BarrierHandler::unaligned_due(const Pending& pending) const {
  const bool unaligned = (pending.barrier.options & Barrier::unaligned) != 0;
  if (!unaligned || is_savepoint(pending.barrier)) return false;
  for (std::size_t c = 0; c < ended_.size(); ++c) {
    if (!recordable_[c] && !pending.arrived[c] && !ended_[c]) return false;
  }
  return true;
}

}  // namespace flink::channels
