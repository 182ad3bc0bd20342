// SPDX-License-Identifier: Apache-2.0
#include "jobmanager/taskmanager_fleet.h"

#include <doctest/doctest.h>

#include <utility>

namespace flink::jobmanager {
namespace {

using namespace std::chrono_literals;

struct Driver final : ResourceManagerDriver {
  std::vector<std::string> started;
  std::string name() const override { return "test"; }
  std::optional<int> slots_max() const override { return 2; }
  int taskmanagers_wanted() const override { return 2; }
  void attach(const base::Address&, DriverEvents&) override {}
  void start_taskmanager(const std::string& token) override { started.push_back(token); }
  void kill_taskmanager(const std::string&) override {}
  std::string log_of(const std::string&) const override { return {}; }
};

struct World {
  Driver driver;
  TaskManagerFleet fleet{driver};
  base::TimePoint now{1s};
  // Those that were started since.
  std::vector<std::string> fill() {
    fleet.fill(now);
    return std::exchange(driver.started, {});
  }
  void none_starts(const std::vector<std::string>& tokens) {
    for (const auto& token : tokens) fleet.not_started(token, "EAGAIN", now);
  }
};

}  // namespace

TEST_CASE("what cannot be started is tried again after growing pauses, then given up") {
  World world;
  auto tokens = world.fill();
  REQUIRE(tokens.size() == 2);
  base::Duration waited{0};
  for (const auto pause : {250ms, 500ms, 1000ms, 2000ms}) {
    CAPTURE(pause.count());
    world.none_starts(tokens);  // both, of one cause: that counts once
    CHECK(world.fleet.give_up_reason().empty());
    CHECK(world.fill().empty());
    CHECK(world.fleet.next_timer() == world.now + pause);
    world.now = world.fleet.next_timer();
    tokens = world.fill();
    REQUIRE(tokens.size() == 2);
    CHECK(world.fleet.next_timer() == base::TimePoint::never());
    waited += pause;
  }
  CHECK(world.now.since_origin == 1s + waited);
  world.none_starts(tokens);
  CHECK(world.fleet.give_up_reason() ==
        "no TaskManager could be started, 5 times in a row; the last time: EAGAIN");
  world.fleet.stop();
  CHECK(world.fleet.next_timer() == base::TimePoint::never());
}

TEST_CASE("one that has registered ends the row, and only what is missing is started") {
  World world;
  const auto first = world.fill();
  world.fleet.not_started(first[0], "EAGAIN", world.now);
  world.now = world.fleet.next_timer();
  const auto second = world.fill();
  REQUIRE(second.size() == 1);
  CHECK(world.fleet.registered(first[1], "tm"));
  world.fleet.not_started(second[0], "EAGAIN", world.now);
  CHECK(world.fleet.next_timer() == world.now + 250ms);
  CHECK_FALSE(world.fleet.registered(second[0], "tm2"));  // there is no such process
  world.fleet.not_started("unknown", "EAGAIN", world.now);
  world.now = world.fleet.next_timer();
  CHECK(world.fill().size() == 1);
}

}  // namespace flink::jobmanager
