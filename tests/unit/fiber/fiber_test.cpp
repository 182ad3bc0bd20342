// SPDX-License-Identifier: Apache-2.0
// The bare fiber: switching, exceptions across switches, cancellation, reuse of stacks.
#include "fiber/fiber.h"

#include <doctest/doctest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/random.h"

using namespace flink;
using fiber::Fiber;
using fiber::FiberCancelled;
using fiber::StackPool;

TEST_CASE("a fiber stops in the middle and goes on") {
  StackPool stacks;
  std::vector<int> trace;
  Fiber* self = nullptr;
  Fiber it{stacks, "it", [&] {
             trace.push_back(1);
             self->suspend();
             trace.push_back(3);
           }};
  self = &it;
  CHECK(Fiber::current() == nullptr);
  it.resume();
  trace.push_back(2);
  CHECK_FALSE(it.finished());
  it.resume();
  CHECK(it.finished());
  CHECK(trace == std::vector<int>{1, 2, 3});
  CHECK_FALSE(it.cancelled_end());
  CHECK_FALSE(it.failure());
}

TEST_CASE("an exception that leaves the entry is kept") {
  StackPool stacks;
  Fiber it{stacks, "it", [] { throw std::runtime_error{"boom"}; }};
  it.resume();
  REQUIRE(it.finished());
  CHECK_THROWS_WITH(std::rethrow_exception(it.failure()), "boom");
}

TEST_CASE("suspensions within catch blocks keep each fiber's own exception") {
  StackPool stacks;
  constexpr int fibers = 8, rounds = 50;
  std::vector<std::unique_ptr<Fiber>> all(fibers);
  int right = 0;
  for (int i = 0; i < fibers; ++i) {
    all[i] = std::make_unique<Fiber>(stacks, "it", [&, i] {
      for (int round = 0; round < rounds; ++round) {
        const auto text = std::to_string(i * 1000 + round);
        try {
          try {
            throw std::runtime_error{text};
          } catch (...) {
            all[i]->suspend();
            throw;  // must be this fiber's
          }
        } catch (const std::runtime_error& error) {
          right += error.what() == text;
        }
      }
    });
  }
  base::SeededRandom random{7};
  for (int left = fibers; left > 0;) {
    auto& one = all[random.below(fibers)];
    if (one->finished()) continue;
    one->resume();
    left -= one->finished();
  }
  CHECK(right == fibers * rounds);
}

TEST_CASE("cancel throws at the suspension, and again when swallowed") {
  StackPool stacks;
  int thrown = 0;
  bool destroyed = false;
  struct Guard {
    bool& flag;
    ~Guard() { flag = true; }
  };
  Fiber* self = nullptr;
  Fiber it{stacks, "it", [&] {
             Guard guard{destroyed};
             for (int i = 0; i < 3; ++i) {
               try {
                 self->suspend();
               } catch (const FiberCancelled&) {
                 ++thrown;
               }
             }
             self->suspend();
           }};
  self = &it;
  it.resume();
  it.cancel();
  it.resume();
  CHECK(it.finished());
  CHECK(it.cancelled_end());
  CHECK(thrown == 3);
  CHECK(destroyed);
}

TEST_CASE("a fiber cancelled before its start never runs") {
  StackPool stacks;
  bool ran = false;
  Fiber it{stacks, "it", [&] { ran = true; }};
  it.cancel();
  it.resume();
  CHECK(it.finished());
  CHECK(it.cancelled_end());
  CHECK_FALSE(ran);
}

TEST_CASE("suspend_uncancelled waits even when cancelled") {
  StackPool stacks;
  Fiber* self = nullptr;
  bool after = false;
  Fiber it{stacks, "it", [&] {
             self->suspend_uncancelled();
             after = true;
             self->suspend();
           }};
  self = &it;
  it.resume();
  it.cancel();
  it.resume();
  CHECK(after);
  CHECK(it.cancelled_end());
}

TEST_CASE("stacks are reused, and deep frames fit") {
  StackPool stacks{64 * 1024};
  for (int i = 0; i < 2000; ++i) {
    Fiber it{stacks, "it", [] {
               volatile char room[32 * 1024];
               for (std::size_t at = 0; at < sizeof room; at += 512) room[at] = 1;
             }};
    it.resume();
    REQUIRE(it.finished());
  }
}

TEST_CASE("a kept stack gives back what only a deep call touched") {
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  const auto resident = [page](const fiber::Stack& stack) {
    std::vector<unsigned char> pages(stack.size / page);
    REQUIRE(::mincore(stack.bottom(), stack.size, pages.data()) == 0);
    return static_cast<std::size_t>(
        std::count_if(pages.begin(), pages.end(), [](unsigned char p) { return (p & 1) != 0; }));
  };
  StackPool stacks;
  std::size_t at_depth = 0;
  {
    Fiber it{stacks, "it", [&] {
               volatile char room[4 * 1024 * 1024];
               for (std::size_t at = 0; at < sizeof room; at += page) room[at] = 1;
               at_depth = resident(Fiber::current()->stack());
             }};
    it.resume();
    REQUIRE(it.finished());
  }
  CHECK(at_depth >= 4 * 1024 * 1024 / page);
  const fiber::Stack again = stacks.take();
  CHECK(resident(again) <= 64 * 1024 / page);
  CHECK(resident(again) > 0);  // what every fiber touches stays
  stacks.give_back(again);
}
