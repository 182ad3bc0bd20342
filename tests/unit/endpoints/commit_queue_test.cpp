// SPDX-License-Identifier: Apache-2.0
// Commits that fail are tried again after pauses, each for itself; checkpoints keep their order.
#include "endpoints/commit_queue.h"

#include <doctest/doctest.h>

#include <map>
#include <set>

#include "base/random.h"

namespace flink::detail {
namespace {

using Result = CommitOutcome::Result;

std::vector<std::string> names(const std::vector<CommitTry>& tries) {
  std::vector<std::string> out;
  for (const auto& one : tries) out.push_back(one.committable + std::to_string(one.retries));
  return out;
}
PlacedCommittable placed(std::int64_t checkpoint, const std::string& bytes) {
  return {checkpoint, {}, bytes};
}
std::vector<std::string> left(const CommitQueue& queue) {
  std::vector<std::string> out;
  for (const auto& one : queue.committables()) out.push_back(one.bytes);
  return out;
}
CommitOutcome retry(const std::string& committable) {
  return {Result::retry, committable, "not now"};
}

TEST_CASE(
    "the oldest first, and only what failed again, after a pause; the next ones wait for it") {
  CommitQueue queue;
  queue.add(placed(2, "c"));
  queue.add(placed(1, "a"));
  queue.add(placed(1, "b"));
  queue.add(placed(1, "d"));
  CHECK(names(queue.take()) == std::vector<std::string>{"a0", "b0", "d0"});
  CHECK(queue.take().empty());  // they are under way
  queue.add(placed(3, "e"));
  auto answer = queue.answer({{Result::done}, retry("B"), {Result::given_up, {}, "no"}}, 10);
  CHECK(answer.given_up == std::vector<std::string>{"no"});
  REQUIRE(answer.pauses.size() == 1);
  CHECK(answer.pauses[0].length == commit_pause(1));
  CHECK(left(queue) == std::vector<std::string>{"B", "c", "e"});
  CHECK(queue.take().empty());
  CHECK(queue.only_pauses());
  queue.add(placed(0, "f"));  // an older one does not wait
  CHECK_FALSE(queue.only_pauses());
  CHECK(names(queue.take()) == std::vector<std::string>{"f0"});
  CHECK(queue.answer({{Result::done}}, 10).pauses.empty());
  CHECK(queue.only_pauses());
  CHECK_FALSE(queue.empty());
  queue.resume(answer.pauses[0].ticket);
  for (const std::string next : {"B1", "c0", "e0"}) {
    CHECK(names(queue.take()) == std::vector<std::string>{next});
    CHECK(queue.answer({{Result::done}}, 10).pauses.empty());
  }
  CHECK(queue.empty());
}

TEST_CASE("pauses double up to a limit, ten of them last for more than half a minute") {
  std::chrono::nanoseconds all{0};
  for (int retry = 1; retry <= 10; ++retry) {
    if (retry > 1) CHECK(commit_pause(retry) >= commit_pause(retry - 1));
    all += commit_pause(retry);
  }
  CHECK(commit_pause(2) == 2 * commit_pause(1));
  CHECK(commit_pause(10) == commit_pause(1000));
  CHECK(all > std::chrono::seconds{30});
}

TEST_CASE("no try left, or no use in another") {
  CommitQueue queue;
  queue.add(placed(1, "a"));
  queue.add(placed(1, "b"));
  queue.take();
  const auto answer = queue.answer({retry("a"), {Result::impossible, {}, "fenced"}}, 0);
  CHECK(answer.exhausted == "not now");
  CHECK(answer.impossible == "fenced");
  CHECK(answer.pauses.empty());
  CHECK(queue.take().empty());
  CHECK(queue.committables().size() == 2);  // nobody may remove them
  queue.resume_all();
  CHECK(names(queue.take()) == std::vector<std::string>{"a0", "b0"});
  queue.failed();  // an exception
  CHECK(queue.only_pauses());
  CHECK(queue.committables().size() == 2);
}

TEST_CASE("whatever fails when: each is committed once, and tried as often as it is said") {
  base::SeededRandom random{7};
  for (int round = 0; round < 200; ++round) {
    CAPTURE(round);
    CommitQueue queue;
    std::map<std::string, int> tries, commits;
    std::map<std::string, std::int64_t> open;  // checkpoints of those not committed
    std::vector<CommitQueue::Pause> pauses;
    int next = 0;
    for (int step = 0; step < 100; ++step) {
      if (random.below(3) == 0) {
        const auto checkpoint = static_cast<std::int64_t>(random.below(5));
        open[std::to_string(next)] = checkpoint;
        queue.add(placed(checkpoint, std::to_string(next++)));
      }
      if (!pauses.empty() && random.below(2) == 0) {
        queue.resume(pauses.back().ticket);
        pauses.pop_back();
      }
      std::vector<CommitOutcome> outcomes;
      const auto due = queue.take();
      for (const auto& one : due) {
        for (const auto& [name, checkpoint] : open) CHECK(checkpoint >= open[one.committable]);
      }
      for (const auto& one : due) {
        CHECK(one.retries == tries[one.committable]++);
        const bool fails = random.below(2) == 0;
        if (!fails) ++commits[one.committable];
        if (!fails) open.erase(one.committable);
        outcomes.push_back(fails ? retry(one.committable) : CommitOutcome{});
      }
      const auto answer = queue.answer(outcomes, 1000);
      pauses.insert(pauses.end(), answer.pauses.begin(), answer.pauses.end());
    }
    while (!queue.empty()) {
      queue.resume_all();
      std::vector<CommitOutcome> outcomes;
      for (const auto& one : queue.take()) {
        ++commits[one.committable];
        outcomes.push_back({});
      }
      queue.answer(outcomes, 1000);
    }
    CHECK(commits.size() == static_cast<std::size_t>(next));
    for (const auto& [name, times] : commits) CHECK(times == 1);
  }
}

}  // namespace
}  // namespace flink::detail
