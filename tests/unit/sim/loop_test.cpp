// SPDX-License-Identifier: Apache-2.0
// The queue, the loop, the executor and buggify: what happens when, in virtual time.
#include <doctest/doctest.h>
#include <flink/base/check.h>

#include <deque>
#include <stdexcept>
#include <string>
#include <vector>

#include "sim/sim_buggify.h"
#include "sim/sim_executor.h"
#include "sim/sim_loop.h"

namespace flink::sim {
namespace {

using Kind = SimLoop::Outcome::Kind;

LifeRef make_life(ProcessId id) { return std::make_shared<Life>(Life{id, "p", true}); }

TEST_CASE("actions run by time, then in the order they were scheduled") {
  SimQueue queue;
  std::string order;
  queue.after(Duration{20}, nullptr, [&] { order += 'c'; });
  queue.after(Duration{10}, nullptr, [&] {
    order += 'a';
    queue.after(Duration{-5}, nullptr, [&] { order += 'b'; });  // the past is now
  });
  queue.after(Duration{20}, nullptr, [&] { order += 'd'; });
  while (!queue.empty()) queue.run_one();
  CHECK(order == "abcd");
  CHECK(queue.now().since_origin == Duration{20});
}

TEST_CASE("a dead process's actions never run, and what they hold is let go") {
  SimQueue queue;
  const auto life = make_life(1);
  const auto held = std::make_shared<int>(0);
  queue.after(Duration{1}, life, [held] { ++*held; });
  queue.after(Duration{2}, nullptr, [held] { *held += 10; });
  life->alive = false;
  queue.forget(*life);
  CHECK(held.use_count() == 2);
  queue.after(Duration{1}, life, [held] { ++*held; });
  while (!queue.empty()) queue.run_one();
  CHECK(*held == 10);
}

TEST_CASE("KJ timers and actions share one clock") {
  SimQueue queue;
  SimLoop loop{queue};
  std::vector<std::int64_t> seen;
  const auto note = [&] { seen.push_back(queue.now().since_origin.count()); };
  auto timer = loop.timer().afterDelay(15 * kj::NANOSECONDS).then(note).eagerlyEvaluate(nullptr);
  queue.after(Duration{10}, nullptr, note);
  queue.after(Duration{20}, nullptr, note);
  const auto outcome = loop.run_until([] { return false; });
  CHECK(outcome.kind == Kind::deadlock);
  CHECK(seen == std::vector<std::int64_t>{10, 15, 20});
}

TEST_CASE("a run ends when it is done, stuck, late or failed") {
  SimQueue queue;
  SimLoop loop{queue};
  int steps = 0;
  std::function<void()> tick = [&] {
    ++steps;
    queue.after(Duration{10}, nullptr, tick);
  };
  tick();
  CHECK(loop.run_until([&] { return steps == 5; }).kind == Kind::done);
  CHECK(loop.run_until([] { return false; }, {Duration{100}}).kind == Kind::out_of_time);
  CHECK(steps == 11);
  queue.after(Duration{1}, nullptr, [] { throw std::runtime_error("broken"); });
  const auto failed = loop.run_until([] { return false; });
  CHECK(failed.kind == Kind::failed);
  CHECK(failed.failure == "std::runtime_error: broken");
  queue.clear();
  CHECK(loop.run_until([] { return false; }).kind == Kind::deadlock);
}

struct Counter final : base::Worker {
  base::Step step() override {
    ++steps;
    if (next.empty()) return base::Step::park();
    const auto step = next.front();
    next.pop_front();
    return step;
  }
  std::deque<base::Step> next;
  int steps = 0;
};

TEST_CASE("workers step, park until a time or a wake, and finish") {
  SimQueue queue;
  Trace trace;
  const auto life = make_life(1);
  SimExecutor executor{queue, trace, life, 7, {}};
  Counter worker;
  worker.next = {base::Step::again(), base::Step::park({Duration{1'000'000'000}})};
  auto handle = executor.start("counter", worker);
  const auto drain = [&] {
    while (!queue.empty()) queue.run_one();
  };
  drain();
  CHECK(worker.steps == 3);  // again, the parked second, then park for ever
  CHECK(queue.now() >= TimePoint{Duration{1'000'000'000}});
  handle->wake();
  handle->wake();
  drain();
  CHECK(worker.steps == 4);  // two wakes, one step
  worker.next = {base::Step::done()};
  handle->wake();
  drain();
  CHECK(handle->finished());
  handle->wake();
  drain();
  CHECK(worker.steps == 5);

  Counter paused;
  executor.pause_until(queue.now() + Duration{5'000'000'000});
  const auto before = queue.now();
  auto other = executor.start("paused", paused);
  drain();
  CHECK(paused.steps == 1);
  CHECK(queue.now() - before >= Duration{5'000'000'000});
  Counter never;
  { auto dropped = executor.start("never", never); }
  bool ran = false;
  executor.run_blocking([&] { ran = true; });
  CHECK(!ran);
  drain();
  CHECK(ran);
  CHECK(never.steps == 0);
}

TEST_CASE("a wake during a step is not lost") {
  SimQueue queue;
  Trace trace;
  SimExecutor executor{queue, trace, make_life(1), 7, {}};
  struct Self final : base::Worker {
    base::Step step() override {
      if (++steps < 3) handle->wake();
      return base::Step::park();
    }
    base::WorkerHandle* handle = nullptr;
    int steps = 0;
  } worker;
  auto handle = executor.start("self", worker);
  worker.handle = handle.get();
  while (!queue.empty()) queue.run_one();
  CHECK(worker.steps == 3);
}

std::string buggify_pattern(std::uint64_t seed) {
  Trace trace;
  const SimBuggify buggify{seed, trace};
  std::string out;
  for (int i = 0; i < 2000; ++i) {
    out += FLINK_BUGGIFY(std::string{"point "} + static_cast<char>('a' + i % 10)) ? '1' : '0';
  }
  return out;
}

TEST_CASE("buggify fires by the seed, and only in a simulation") {
  CHECK_FALSE(FLINK_BUGGIFY("point"));
  CHECK(buggify_pattern(3) == buggify_pattern(3));
  CHECK(buggify_pattern(3) != buggify_pattern(4));
  CHECK_FALSE(FLINK_BUGGIFY("point"));
}

}  // namespace
}  // namespace flink::sim
