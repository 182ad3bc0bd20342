// SPDX-License-Identifier: Apache-2.0
#include "endpoints/commit_queue.h"

#include <flink/base/check.h>

#include <algorithm>
#include <map>

namespace flink::detail {
namespace {

constexpr std::chrono::milliseconds pause_min{100};
constexpr std::chrono::seconds pause_max{10};

}  // namespace

std::chrono::nanoseconds commit_pause(int retry) {
  std::chrono::nanoseconds pause = pause_min;
  for (int i = 1; i < retry && pause < pause_max; ++i) pause *= 2;
  return std::min<std::chrono::nanoseconds>(pause, pause_max);
}

void CommitQueue::add(PlacedCommittable committable) {
  const auto at = std::find_if(requests_.begin(), requests_.end(), [&](const Request& request) {
    return request.what.checkpoint > committable.checkpoint;
  });
  requests_.insert(at, {std::move(committable)});
}

void CommitQueue::rename(const CommittableId& from, const CommittableId& to) {
  for (Request& request : requests_) {
    if (request.what.id == from) request.what.id = to;
  }
}

std::vector<CommitTry> CommitQueue::take() {
  std::vector<CommitTry> tries;
  for (const Request& request : requests_) {
    if (request.state == State::under_way) return {};
  }
  for (Request& request : requests_) {
    if (request.what.checkpoint > requests_.front().what.checkpoint) break;
    if (request.state != State::due) continue;
    request.state = State::under_way;
    tries.push_back({request.what.bytes, request.retries});
  }
  return tries;
}

CommitQueue::Answer CommitQueue::answer(const std::vector<CommitOutcome>& outcomes,
                                        int retries_max) {
  using Result = CommitOutcome::Result;
  Answer out;
  std::map<int, int> tickets;  // by retry: those of one length wait together
  auto outcome = outcomes.begin();
  for (auto at = requests_.begin(); at != requests_.end();) {
    if (at->state != State::under_way) {
      ++at;
      continue;
    }
    FLINK_CHECK(outcome != outcomes.end(), outcomes.size());
    const CommitOutcome& one = *outcome++;
    if (one.result == Result::retry) {
      at->state = State::paused;
      at->what.bytes = one.committable;
      if (at->retries >= retries_max) {
        if (!out.exhausted) out.exhausted = one.reason;
      } else {
        const auto [ticket, fresh] = tickets.try_emplace(++at->retries, tickets_ + 1);
        if (fresh) out.pauses.push_back({++tickets_, commit_pause(at->retries)});
        at->ticket = ticket->second;
      }
      ++at;
      continue;
    }
    if (one.result == Result::given_up) out.given_up.push_back(one.reason);
    if (one.result == Result::impossible) {
      if (!out.impossible) out.impossible = one.reason;
      at++->state = State::paused;
      continue;
    }
    at = requests_.erase(at);
  }
  FLINK_CHECK(outcome == outcomes.end(), outcomes.size());
  return out;
}

void CommitQueue::failed() {
  for (Request& request : requests_) {
    if (request.state == State::under_way) request.state = State::paused;
  }
}

void CommitQueue::resume(int ticket) {
  for (Request& request : requests_) {
    if (request.state == State::paused && request.ticket == ticket) request.state = State::due;
  }
}

void CommitQueue::resume_all() {
  for (Request& request : requests_) {
    if (request.state != State::paused) continue;
    request.state = State::due;
    request.retries = 0;
  }
}

bool CommitQueue::only_pauses() const {
  for (const Request& request : requests_) {
    const bool waits = request.what.checkpoint > requests_.front().what.checkpoint;
    if (request.state == State::under_way || (request.state == State::due && !waits)) return false;
  }
  return true;
}

std::vector<PlacedCommittable> CommitQueue::committables() const {
  std::vector<PlacedCommittable> all;
  for (const Request& request : requests_) all.push_back(request.what);
  return all;
}

}  // namespace flink::detail
