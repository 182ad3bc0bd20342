// SPDX-License-Identifier: Apache-2.0
// The slot's scheduler, driven by hand under a clock that stands still until told: order, fairness,
// timers, cancellation. Threads are in executor_test.cpp.
#include "fiber/slot.h"

#include <doctest/doctest.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/random.h"
#include "fiber/blocking.h"
#include "fiber/slot_watchdog.h"
#include "fiber/turn_clock.h"

using namespace flink;
using fiber::Slot;
using fiber::SlotTask;
using std::chrono::milliseconds;
using Kind = base::Step::Kind;

namespace {

struct HandClock final : base::Clock {
  base::TimePoint time{milliseconds{1000}};
  base::TimePoint now() const override { return time; }
  std::int64_t wall_millis() const override { return 0; }
};

base::Step run_until_parked(Slot& slot) {
  for (;;) {
    const auto step = slot.step();
    if (step.kind != Kind::again) return step;
  }
}

}  // namespace

TEST_CASE("deepest first, everyone once a round") {
  HandClock clock;
  Slot slot{clock};
  std::string trace;
  for (const int depth : {0, 2, 1}) {
    slot.spawn({.name = "t", .depth = depth, .entry = [&trace, depth] {
                  for (int i = 0; i < 3; ++i) {
                    trace += std::to_string(depth);
                    SlotTask::current()->yield();
                  }
                }});
  }
  CHECK(run_until_parked(slot).kind == Kind::park);
  CHECK(trace == "210210210");
  CHECK(slot.task_count() == 0);
}

TEST_CASE("a batch travels down before its source goes on") {
  HandClock clock;
  Slot slot{clock};
  std::string trace;
  int in_middle = 0, in_sink = 0;
  auto sink = slot.spawn({.name = "sink", .depth = 2, .entry = [&] {
                            for (int seen = 0; seen < 3;) {
                              if (in_sink == 0) {
                                SlotTask::current()->suspend(fiber::Wait::input);
                                continue;
                              }
                              --in_sink, ++seen, trace += 'k';
                            }
                          }});
  auto middle = slot.spawn({.name = "middle", .depth = 1, .entry = [&] {
                              for (int seen = 0; seen < 3;) {
                                if (in_middle == 0) {
                                  SlotTask::current()->suspend(fiber::Wait::input);
                                  continue;
                                }
                                --in_middle, ++seen, trace += 'm';
                                ++in_sink, sink->waker().wake();
                                SlotTask::current()->yield();
                              }
                            }});
  slot.spawn({.name = "source", .depth = 0, .entry = [&] {
                for (int i = 0; i < 3; ++i) {
                  trace += 's', ++in_middle, middle->waker().wake();
                  SlotTask::current()->yield();
                }
              }});
  run_until_parked(slot);
  CHECK(trace == "smksmksmk");
}

TEST_CASE("timers: earliest first, a wake comes before the deadline") {
  HandClock clock;
  Slot slot{clock};
  std::string trace;
  const auto at = [&](int ms) { return clock.time + milliseconds{ms}; };
  const auto deadline30 = at(30), deadline10 = at(10), deadline20 = at(20);
  slot.spawn({.name = "a", .entry = [&] {
                SlotTask::current()->sleep_until(deadline30);
                trace += 'a';
              }});
  slot.spawn({.name = "b", .entry = [&] {
                SlotTask::current()->sleep_until(deadline10);
                trace += 'b';
              }});
  bool flag = false;
  auto c = slot.spawn({.name = "c", .entry = [&] {
                         while (!flag) {
                           if (!SlotTask::current()->suspend_until(deadline20)) {
                             trace += 't';
                             return;
                           }
                         }
                         trace += 'c';
                       }});
  CHECK(run_until_parked(slot).wake_at == deadline10);
  clock.time = deadline10;
  run_until_parked(slot);
  CHECK(trace == "b");
  flag = true;
  c->waker().wake();
  run_until_parked(slot);
  CHECK(trace == "bc");
  clock.time = deadline30;
  run_until_parked(slot);
  CHECK(trace == "bca");
  CHECK(run_until_parked(slot).wake_at == base::TimePoint::never());
}

TEST_CASE("how tasks end: normally, with a failure, cancelled before and after their start") {
  HandClock clock;
  Slot slot{clock};
  std::string trace;
  const auto ended = [&trace](const char* name) {
    return [&trace, name](std::exception_ptr failure, bool cancelled) {
      trace += name;
      trace += failure ? "!" : cancelled ? "x" : ".";
    };
  };
  slot.spawn({.name = "a", .entry = [] {}, .ended = ended("a")});
  slot.spawn({.name = "b", .entry = [] { throw std::runtime_error{"b"}; }, .ended = ended("b")});
  auto c = slot.spawn({.name = "c",
                       .entry =
                           [] {
                             for (;;) SlotTask::current()->suspend();
                           },
                       .ended = ended("c")});
  run_until_parked(slot);
  CHECK(trace == "a.b!");
  c->cancel();
  auto d = slot.spawn({.name = "d", .entry = [&] { trace += "ran"; }, .ended = ended("d")});
  d->cancel();
  run_until_parked(slot);
  CHECK(trace == "a.b!cxdx");
  CHECK(c->finished());
  c->cancel();  // late: nothing
  c->waker().wake();
  run_until_parked(slot);
}

TEST_CASE("the destructor unwinds what is left; wakers may live on") {
  HandClock clock;
  fiber::Waker waker;
  auto shared = std::make_shared<int>(1);
  {
    Slot slot{clock};
    auto task = slot.spawn({.name = "t", .entry = [shared] {
                              for (;;) SlotTask::current()->suspend();
                            }});
    waker = task->waker();
    slot.step();
  }
  CHECK(shared.use_count() == 1);
  waker.wake();
}

TEST_CASE("a task that never waits leaves the step now and then") {
  HandClock clock;
  Slot slot{clock};
  bool stop = false;
  slot.spawn({.name = "busy", .entry = [&] {
                while (!stop) SlotTask::current()->yield_if_due();
              }});
  CHECK(slot.step().kind == Kind::again);
  CHECK(slot.step().kind == Kind::again);
  stop = true;
  CHECK(run_until_parked(slot).kind == Kind::park);
}

TEST_CASE("times are split by what was waited for") {
  HandClock clock;
  Slot slot{clock};
  auto task = slot.spawn({.name = "t", .entry = [&] {
                            clock.time = clock.time + milliseconds{5};
                            SlotTask::current()->suspend(fiber::Wait::input);
                            SlotTask::current()->suspend(fiber::Wait::output);
                          }});
  run_until_parked(slot);
  clock.time = clock.time + milliseconds{7};
  CHECK(task->times().waiting_input == milliseconds{7});
  task->waker().wake();
  run_until_parked(slot);
  clock.time = clock.time + milliseconds{11};
  task->waker().wake();
  run_until_parked(slot);
  CHECK(task->times().running == milliseconds{5});
  CHECK(task->times().waiting_input == milliseconds{7});
  CHECK(task->times().waiting_output == milliseconds{11});
}

TEST_CASE("the watchdog names a task that does not yield, once a turn") {
  HandClock clock;
  Slot slot{clock, {.name = "slot-0"}};
  std::string reports;
  fiber::SlotWatchdog watchdog{clock,
                               {&slot},
                               std::chrono::seconds{30},
                               [&](const Slot& where, const fiber::RunningTask& task, auto lasted) {
                                 reports += where.name() + "/" + task.name + " " +
                                            std::to_string(lasted / std::chrono::seconds{1}) + ";";
                               }};
  slot.spawn({.name = "map", .entry = [&] {
                watchdog.step();
                clock.time = clock.time + std::chrono::seconds{31};
                CHECK(watchdog.step().wake_at > clock.time);
                watchdog.step();
                SlotTask::current()->yield();
                watchdog.step();
              }});
  run_until_parked(slot);
  watchdog.step();
  CHECK(reports == "slot-0/map 31;");
}

// Tasks wake each other at random: whatever was published is seen, nobody waits for ever.
TEST_CASE("random wakes lose nothing") {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    CAPTURE(seed);
    HandClock clock;
    base::SeededRandom random{seed};
    Slot slot{clock};
    constexpr int tasks = 12, tokens_each = 40;
    std::vector<std::shared_ptr<SlotTask>> all(tasks);
    std::vector<int> tokens(tasks, 0);
    int passed = 0, alive = 0;
    for (int i = 0; i < tasks; ++i) {
      tokens[i] = tokens_each / 4;
      alive += tokens[i];
      all[i] = slot.spawn({.name = "t", .depth = i % 4, .entry = [&, i] {
                             while (alive > 0) {
                               if (tokens[i] == 0) {
                                 SlotTask::current()->suspend(fiber::Wait::input);
                                 continue;
                               }
                               --tokens[i], ++passed;
                               if (passed > tasks * tokens_each) {
                                 if (--alive == 0) {
                                   for (auto& other : all) other->waker().wake();
                                 }
                               } else {
                                 const auto to = random.below(tasks);
                                 ++tokens[to], all[to]->waker().wake();
                               }
                               if (random.below(3) == 0) SlotTask::current()->yield();
                             }
                           }});
    }
    run_until_parked(slot);
    CHECK(slot.task_count() == 0);
  }
}

TEST_CASE("a turn that lasts is told so, the next one is not") {
  HandClock clock;
  Slot slot{clock};
  fiber::TurnClock turns{clock, {&slot}};
  std::string trace;
  const auto look = [&] {
    turns.step();
    trace += slot.overdue().load() ? 'l' : 's';
  };
  slot.spawn({.name = "t", .entry = [&] {
                look();
                clock.time = clock.time + milliseconds{2};
                look();
                SlotTask::current()->yield();
                look();
              }});
  run_until_parked(slot);
  CHECK(trace == "sls");
  // Seldom when turns are short, each millisecond when they are not.
  CHECK(turns.step().wake_at == clock.time + milliseconds{4});
  CHECK(turns.step().wake_at == clock.time + milliseconds{8});
  CHECK(turns.step().wake_at == clock.time + milliseconds{8});
}
