// SPDX-License-Identifier: Apache-2.0
#include "jobmanager/slot_pool.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/random.h"

using flink::jobmanager::SharedSlot;
using flink::jobmanager::SlotPlace;
using flink::jobmanager::SlotPool;

TEST_CASE("slots: TaskManagers fill up one after the other, all or nothing") {
  SlotPool pool;
  pool.add("a", 2);
  pool.add("b", 2);
  const std::vector<SharedSlot> three{{"default", 0}, {"default", 1}, {"default", 2}};
  REQUIRE(pool.allocate(three));
  CHECK(pool.place(three[0]) == SlotPlace{"a", 0});
  CHECK(pool.place(three[1]) == SlotPlace{"a", 1});
  CHECK(pool.place(three[2]) == SlotPlace{"b", 0});
  const std::vector<SharedSlot> two{{"other", 0}, {"other", 1}};
  CHECK_FALSE(pool.allocate(two));
  CHECK_FALSE(pool.place(two[0]).has_value());
  CHECK(pool.free() == 1);
}

TEST_CASE("slots: what is placed stays until its TaskManager is gone") {
  SlotPool pool;
  pool.add("a", 1);
  const std::vector<SharedSlot> both{{"default", 0}, {"default", 1}};
  CHECK_FALSE(pool.allocate(both));
  pool.add("b", 1);
  REQUIRE(pool.allocate(both));
  pool.remove("a");
  CHECK_FALSE(pool.place(both[0]).has_value());
  CHECK_FALSE(pool.allocate(both));
  pool.add("c", 4);
  REQUIRE(pool.allocate(both));
  CHECK(pool.place(both[0]) == SlotPlace{"c", 0});
  CHECK(pool.place(both[1]) == SlotPlace{"b", 0});
}

TEST_CASE("slots: random joins, losses and requests never share a place") {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    CAPTURE(seed);
    flink::base::SeededRandom random{seed};
    SlotPool pool;
    std::map<std::string, int> alive;
    int next = 0;
    for (int step = 0; step < 60; ++step) {
      const auto choice = random.below(4);
      if (choice == 0) {
        const auto id = "tm" + std::to_string(next++);
        alive[id] = 1 + static_cast<int>(random.below(4));
        pool.add(id, alive[id]);
      } else if (choice == 1 && !alive.empty()) {
        auto victim = alive.begin();
        std::advance(victim, static_cast<std::ptrdiff_t>(random.below(alive.size())));
        pool.remove(victim->first);
        alive.erase(victim);
      } else {
        std::vector<SharedSlot> wanted;
        for (std::uint64_t i = 0, n = random.below(5); i < n; ++i) {
          const SharedSlot slot{random.below(2) ? "x" : "y", static_cast<int>(random.below(4))};
          if (std::find(wanted.begin(), wanted.end(), slot) == wanted.end()) wanted.push_back(slot);
        }
        const int free = pool.free();
        int missing = 0;
        for (const auto& slot : wanted) missing += !pool.place(slot).has_value();
        CHECK(pool.allocate(wanted) == (missing <= free));
      }
      std::set<SlotPlace> places;
      for (const auto& [slot, place] : pool.allocated()) {
        CHECK(places.insert(place).second);
        REQUIRE(alive.contains(place.taskmanager));
        CHECK(place.slot < alive[place.taskmanager]);
      }
      int total = 0;
      for (const auto& [id, slots] : alive) total += slots;
      CHECK(pool.total() == total);
      CHECK(pool.free() == total - static_cast<int>(places.size()));
    }
  }
}
