// SPDX-License-Identifier: Apache-2.0
// Slots on real threads: no wake is lost, blocking calls return, shutting down at any point is
// clean.
#include <doctest/doctest.h>

#include <atomic>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "fiber/blocking.h"
#include "fiber/slot.h"
#include "fiber/thread_executor.h"

using namespace flink;
using fiber::Slot;
using fiber::SlotTask;
using fiber::ThreadExecutor;

namespace {

// Signals an end to the test's thread.
struct Done {
  std::promise<void> promise;
  std::function<void(std::exception_ptr, bool)> callback() {
    return [this](std::exception_ptr, bool) { promise.set_value(); };
  }
  void wait() { promise.get_future().wait(); }
};

}  // namespace

TEST_CASE("a parked worker is woken, and one woken during its step steps again") {
  base::SystemClock clock;
  ThreadExecutor executor{clock};
  struct Counter final : base::Worker {
    std::atomic<int> asked{0}, seen{0};
    base::Step step() override {
      seen.store(asked.load());
      return seen < 10'000 ? base::Step::park() : base::Step::done();
    }
  } counter;
  auto handle = executor.start("counter", counter);
  for (int i = 0; i < 10'000; ++i) {
    counter.asked.fetch_add(1);
    handle->wake();
    if (i % 100 == 0) {
      while (counter.seen.load() <= i) std::this_thread::yield();
    }
  }
  while (!handle->finished()) std::this_thread::yield();
  CHECK(counter.seen == 10'000);
}

TEST_CASE("a deadline ends the parking") {
  base::SystemClock clock;
  ThreadExecutor executor{clock};
  struct Sleeper final : base::Worker {
    const base::Clock& clock;
    int steps = 0;
    explicit Sleeper(const base::Clock& c) : clock(c) {}
    base::Step step() override {
      return ++steps == 5 ? base::Step::done()
                          : base::Step::park(clock.now() + std::chrono::milliseconds{1});
    }
  } sleeper{clock};
  auto handle = executor.start("sleeper", sleeper);
  while (!handle->finished()) std::this_thread::yield();
  CHECK(sleeper.steps == 5);
}

// Two slots hand a counter back and forth: each wake finds the other one parked, parking or
// running.
TEST_CASE("ping-pong between slots loses no wake") {
  base::SystemClock clock;
  ThreadExecutor executor{clock};
  Slot left{clock, {.name = "left"}}, right{clock, {.name = "right"}};
  std::atomic<int> ball{0};
  constexpr int rounds = 20'000;
  std::shared_ptr<SlotTask> tasks[2];
  Done done[2];
  const auto player = [&](int me) {
    return [&ball, &tasks, me] {
      for (int turn = me; turn < rounds; turn += 2) {
        while (ball.load(std::memory_order_acquire) != turn) SlotTask::current()->suspend();
        ball.store(turn + 1, std::memory_order_release);
        tasks[1 - me]->waker().wake();
      }
    };
  };
  // Both are known before either runs.
  tasks[0] = left.spawn({.name = "a", .entry = player(0), .ended = done[0].callback()});
  tasks[1] = right.spawn({.name = "b", .entry = player(1), .ended = done[1].callback()});
  left.start(executor);
  right.start(executor);
  done[0].wait();
  done[1].wait();
  CHECK(ball == rounds);
}

TEST_CASE("many threads wake one task") {
  base::SystemClock clock;
  ThreadExecutor executor{clock};
  std::atomic<int> published{0};
  constexpr int wakers = 4, each = 20'000;
  int seen = 0;
  Done done;
  Slot slot{clock};
  auto task = slot.spawn({.name = "t",
                          .entry =
                              [&] {
                                while (seen < wakers * each) {
                                  const int now = published.load();
                                  if (now == seen) SlotTask::current()->suspend();
                                  seen = now;
                                }
                              },
                          .ended = done.callback()});
  slot.start(executor);
  std::vector<std::thread> threads;
  for (int i = 0; i < wakers; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < each; ++n) {
        published.fetch_add(1);
        task->waker().wake();
      }
    });
  }
  for (auto& thread : threads) thread.join();
  done.wait();
  CHECK(seen == wakers * each);
}

TEST_CASE("run_blocking returns values and exceptions while other tasks go on") {
  base::SystemClock clock;
  ThreadExecutor executor{clock};
  Slot slot{clock};
  std::promise<void> release;
  std::string trace;
  Done done;
  slot.spawn({.name = "blocked",
              .depth = 1,
              .entry =
                  [&] {
                    const int value = fiber::run_blocking(executor, [&] {
                      release.get_future().wait();  // the other task sets it
                      return 42;
                    });
                    trace += std::to_string(value);
                    try {
                      fiber::run_blocking(executor, [] { throw std::runtime_error{"disk"}; });
                    } catch (const std::runtime_error& error) {
                      trace += error.what();
                    }
                  },
              .ended = done.callback()});
  slot.spawn({.name = "other", .entry = [&] { release.set_value(); }});
  slot.start(executor);
  done.wait();
  CHECK(trace == "42disk");
  CHECK(fiber::run_blocking(executor, [] { return 7; }) == 7);
}

TEST_CASE("a cancelled task still waits for its helper") {
  base::SystemClock clock;
  ThreadExecutor executor{clock};
  Slot slot{clock};
  std::promise<void> started, release;
  std::atomic<bool> returned{false};
  bool unwound_early = false;
  std::promise<bool> ended;
  auto task = slot.spawn({.name = "t",
                          .entry =
                              [&] {
                                fiber::run_blocking(executor, [&] {
                                  started.set_value();
                                  release.get_future().wait();
                                  returned = true;
                                });
                                SlotTask::current()->suspend();
                              },
                          .ended =
                              [&](std::exception_ptr, bool cancelled) {
                                unwound_early = !returned;
                                ended.set_value(cancelled);
                              }});
  slot.start(executor);
  started.get_future().wait();
  task->cancel();
  release.set_value();
  CHECK(ended.get_future().get());
  CHECK_FALSE(unwound_early);
}

TEST_CASE("slots stop at any point") {
  base::SystemClock clock;
  ThreadExecutor executor{clock};
  for (int i = 0; i < 50; ++i) {
    Slot slot{clock};
    for (int t = 0; t < 4; ++t) {
      slot.spawn({.name = "t", .entry = [] {
                    for (;;) SlotTask::current()->yield();
                  }});
    }
    slot.start(executor);
    if (i % 3 == 0) std::this_thread::yield();
  }
}
