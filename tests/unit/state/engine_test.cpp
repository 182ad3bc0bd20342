// SPDX-License-Identifier: Apache-2.0
// The keyed state engine in single situations: failures of files, large values and maps, other
// versions of a function, what a barrier costs.
#include <doctest/doctest.h>
#include <flink/error.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <optional>
#include <random>

#include "unit/state/engine_support.h"

using namespace flink;
using namespace flink::test;

namespace {

// Everything a snapshot needs to be done.
state::KeyedSnapshotResult finish(World& world, state::KeyedState& backend,
                                  const std::optional<state::KeyedSnapshotResult>& result) {
  for (int round = 0; round < 10'000 && !result; ++round) {
    world.helpers.run_all();
    backend.work(std::chrono::microseconds{1000});
  }
  REQUIRE(result.has_value());
  return *result;
}
state::KeyedSnapshotResult snapshot(World& world, state::KeyedState& backend, std::int64_t id,
                                    bool savepoint = false) {
  std::optional<state::KeyedSnapshotResult> result;
  backend.begin(world.target(id, "test", savepoint),
                [&result](state::KeyedSnapshotResult r) { result = std::move(r); });
  return finish(world, backend, result);
}

struct Value {
  ValueState<std::string> value{"value"};
};
struct Map {
  MapState<std::int64_t, std::int64_t> map{"map"};
};

}  // namespace

TEST_CASE("a checkpoint that cannot be stored is made up for by the next one") {
  World world;
  auto state = std::make_unique<Keyed<std::string, Value>>(world.setup("lmdb", 0, {0, 127}));
  state->use("a");
  (*state)->value.update("1");
  auto target = world.target(1, "test", false);
  target.shared_directory = world.directory.path + "/missing";
  std::optional<state::KeyedSnapshotResult> failed;
  state->backend().begin(target, [&](state::KeyedSnapshotResult r) { failed = std::move(r); });
  finish(world, state->backend(), failed);
  CHECK(!failed->handle);
  CHECK(failed->failure.find("missing") != std::string::npos);
  state->backend().abort(1);

  state->use("b");
  (*state)->value.update("2");
  const auto result = snapshot(world, state->backend(), 2);
  REQUIRE(result.handle);
  auto setup = world.setup("hashmap", 0, {0, 127});
  setup.restored = {*result.handle};
  Keyed<std::string, Value> restored(std::move(setup));
  restored.use("a");
  CHECK(restored->value.value_or("") == "1");
  restored.use("b");
  CHECK(restored->value.value_or("") == "2");
}

TEST_CASE("rows whose run could not be written are in the next one") {
  World world;
  auto setup = world.setup("lmdb", 0, {0, 127});
  const std::string scratch = setup.scratch_directory;
  Keyed<std::string, Map> state(std::move(setup));
  state.use("a");
  state->map.put(1, 1);
  state->map.put(2, 2);
  REQUIRE(snapshot(world, state.backend(), 1).handle);
  state.backend().confirm(1);
  state.use("a");
  state->map.clear();
  state->map.put(3, 3);
  std::filesystem::remove_all(scratch);  // as a full disk: no run can be built
  CHECK(!snapshot(world, state.backend(), 2).handle);
  state.backend().abort(2);
  std::filesystem::create_directories(scratch);
  const auto result = snapshot(world, state.backend(), 3);
  REQUIRE(result.handle);
  auto again = world.setup("hashmap", 0, {0, 127});
  again.restored = {*result.handle};
  Keyed<std::string, Map> restored(std::move(again));
  restored.use("a");
  CHECK(!restored->map.contains(1));
  CHECK(!restored->map.contains(2));
  CHECK(restored->map.get_or(3, 0) == 3);
}

TEST_CASE("a map that was cleared stays so after any number of runs that could not be written") {
  World world;
  auto setup = world.setup("lmdb", 0, {0, 127});
  const std::string scratch = setup.scratch_directory;
  Keyed<std::string, Map> state(std::move(setup));
  state.use("a");
  state->map.put(1, 1);
  REQUIRE(snapshot(world, state.backend(), 1).handle);
  state.backend().confirm(1);
  state.use("a");
  state->map.clear();
  std::filesystem::remove_all(scratch);
  for (std::int64_t id = 2; id < 5; ++id) {
    CHECK(!snapshot(world, state.backend(), id).handle);
    state.backend().abort(id);
  }
  std::filesystem::create_directories(scratch);
  const auto result = snapshot(world, state.backend(), 5);
  REQUIRE(result.handle);
  auto again = world.setup("hashmap", 0, {0, 127});
  again.restored = {*result.handle};
  Keyed<std::string, Map> restored(std::move(again));
  restored.use("a");
  CHECK(restored->map.is_empty());
}

TEST_CASE("the run of a checkpoint that was aborted may fail") {
  World world;
  auto setup = world.setup("lmdb", 0, {0, 127});
  const std::string scratch = setup.scratch_directory;
  Keyed<std::string, Value> state(std::move(setup));
  state.use("a");
  state->value.update("1");
  std::filesystem::remove_all(scratch);
  state.backend().begin(world.target(1, "test", false), [](const auto&) {});
  state.backend().abort(1);
  for (int round = 0; round < 10; ++round) {
    state.backend().work(std::chrono::microseconds{1000});
    world.helpers.run_all();
  }
  std::filesystem::create_directories(scratch);
  CHECK(snapshot(world, state.backend(), 2).handle);
}

TEST_CASE("a value of 100 MB under a key of 2 KB") {
  World world;
  Keyed<std::string, Value> state(world.setup("lmdb", 1 << 20, {0, 127}));
  const std::string key(2000, 'k');
  const std::string large(100 << 20, 'v');
  state.use(key);
  state->value.update(large);
  const auto result = snapshot(world, state.backend(), 1);
  REQUIRE_MESSAGE(result.handle, result.failure);
  state.use("other");  // beyond the budget: the large one leaves
  state->value.update("small");
  for (int i = 0; i < 10; ++i) state.use("other");
  CHECK(state.backend().memory_bytes() < (50 << 20));
  state.use(key);
  REQUIRE(state->value.value() != nullptr);
  CHECK(*state->value.value() == large);
  auto setup = world.setup("lmdb", 1 << 20, {0, 127});
  setup.restored = {*result.handle};
  Keyed<std::string, Value> restored(std::move(setup));
  restored.use(key);
  CHECK(restored->value.value_or("").size() == large.size());
}

TEST_CASE("a map of many entries under one key costs what is touched") {
  World world;
  Keyed<std::string, Map> state(world.setup("lmdb", 300'000, {0, 127}));
  state.use("k");
  constexpr std::int64_t entries = 100'000;
  for (std::int64_t i = 0; i < entries; ++i) {
    if (i % 1000 == 0) {
      world.helpers.run_all();
      state.backend().work(std::chrono::microseconds{500});
      state.use("k");
    }
    state->map.put(i, i);
  }
  REQUIRE(snapshot(world, state.backend(), 1).handle);
  state.backend().confirm(1);
  state.use("k");
  CHECK(state.backend().memory_bytes() < 3'000'000);
  CHECK(state->map.get_or(entries / 2, 0) == entries / 2);
  // What is written then is one entry, but for runs that were merged meanwhile.
  std::uint64_t least = UINT64_MAX;
  for (std::int64_t id = 2; id < 7; ++id) {
    state.use("k");
    state->map.put(7, 8);
    const auto result = snapshot(world, state.backend(), id);
    REQUIRE(result.handle);
    state.backend().confirm(id);
    least = std::min(least, result.bytes_written);
  }
  CHECK(least < 100'000);
  state.use("k");
  std::int64_t seen = 0, sum = 0;
  for (const auto& [key, value] : state->map.entries()) {
    ++seen;
    sum += value;
  }
  CHECK(seen == entries);
  CHECK(sum == entries * (entries - 1) / 2 + 1);
  state->map.clear();  // one tombstone
  CHECK(state->map.is_empty());
  REQUIRE(snapshot(world, state.backend(), 7).handle);
  const auto savepoint = snapshot(world, state.backend(), 8, true);
  REQUIRE(savepoint.handle);
  CHECK(savepoint.handle->runs.empty());
}

namespace {
struct OldPoint {
  std::int32_t x = 0;
  float y = 0;
  std::string gone;
};
struct NewPoint {
  double y = 0;
  std::int64_t x = 0;
  std::string added = "default";
};
struct Old {
  ValueState<OldPoint> point{"point"};
  ValueState<std::int64_t> unbound{"unbound"};
};
struct New {
  ValueState<NewPoint> point{"point"};
};
struct Incompatible {
  ValueState<std::string> point{"point"};
};
}  // namespace

TEST_CASE("a newer version of a function reads what an older one wrote, and keeps what it leaves") {
  World world;
  Keyed<std::string, Old> old(world.setup("lmdb", 0, {0, 127}));
  for (int i = 0; i < 100; ++i) {
    old.use(std::to_string(i));
    old->point.update({i, 0.5F, "gone"});
    old->unbound.update(i);
  }
  auto result = snapshot(world, old.backend(), 1);
  REQUIRE(result.handle);
  for (const std::size_t room : {std::size_t{0}, std::size_t{3000}}) {
    auto setup = world.setup("lmdb", room, {0, 127});
    setup.restored = {*result.handle};
    Keyed<std::string, New> newer(std::move(setup));
    for (int i = 0; i < 100; ++i) {
      newer.use(std::to_string(i));
      const NewPoint* const point = newer->point.value();
      REQUIRE(point != nullptr);
      CHECK(point->x == i);
      CHECK(point->y == 0.5);
      CHECK(point->added == "default");
    }
    newer.use("5");
    newer->point.update({1.5, 55, "new"});
    const auto savepoint = snapshot(world, newer.backend(), 2 + static_cast<int>(room), true);
    REQUIRE_MESSAGE(savepoint.handle, savepoint.failure);
    auto back = world.setup("hashmap", 0, {0, 127});
    back.restored = {*savepoint.handle};
    struct Both {
      ValueState<NewPoint> point{"point"};
      ValueState<std::int64_t> unbound{"unbound"};
    };
    Keyed<std::string, Both> both(std::move(back));
    both.use("5");
    CHECK(both->point.value()->x == 55);
    CHECK(both->unbound.value_or(-1) == 5);
    both.use("6");
    CHECK(both->point.value()->x == 6);
  }
  auto setup = world.setup("lmdb", 0, {0, 127});
  setup.restored = {*result.handle};
  CHECK_THROWS_AS((Keyed<std::string, Incompatible>(std::move(setup))), Error);
}

TEST_CASE("state that nobody uses any more is carried on") {
  World world;
  Keyed<std::string, Value> state(world.setup("lmdb", 0, {0, 127}));
  state.use("a");
  state->value.update("kept");
  const auto result = snapshot(world, state.backend(), 1);
  auto setup = world.setup("lmdb", 0, {0, 127});
  setup.restored = {*result.handle};
  const auto idle = state::make_keyed_state_backend(std::move(setup));  // never started
  const auto next = snapshot(world, *idle, 2);
  REQUIRE(next.handle);
  auto last = world.setup("lmdb", 0, {0, 127});
  last.restored = {*next.handle};
  Keyed<std::string, Value> again(std::move(last));
  again.use("a");
  CHECK(again->value.value_or("") == "kept");
}

TEST_CASE("what is too old leaves memory although nobody looks at it") {
  World world;
  struct Aging {
    ValueState<std::string> value{"value"};
    MapState<int, int> map{"map"};
    Aging() {
      const auto ttl = StateTtlConfig::new_builder(std::chrono::milliseconds{100}).build();
      value.enable_time_to_live(ttl);
      map.enable_time_to_live(ttl);
    }
  };
  Keyed<std::string, Aging> state(world.setup("hashmap", 0, {0, 127}));
  for (int i = 0; i < 1000; ++i) {
    state.use(std::to_string(i));
    state->value.update("value " + std::to_string(i));
    state->map.put(i, i);
  }
  world.clock.millis += 200;
  for (int i = 0; i < 200; ++i) state.backend().work(std::chrono::microseconds{100});
  REQUIRE(snapshot(world, state.backend(), 1).handle);
  for (int i = 0; i < 200; ++i) state.backend().work(std::chrono::microseconds{100});
  CHECK(state.backend().memory_bytes() < 10'000);
}

namespace {
struct Price {
  double amount = 0;
  std::optional<float> rate;
};
struct Prices {
  ValueState<std::int64_t> value{"value"};
  MapState<double, std::int64_t> map{"map"};
};
}  // namespace

TEST_CASE("keys that are equal are found under any of their bytes") {
  World world;
  Keyed<Price, Prices> state(world.setup("lmdb", 1000, {0, 127}));
  state.use({0.0, std::nanf("1")});
  state->value.update(1);
  state->map.put(0.0, 2);
  state->map.put(std::nan("1"), 3);
  REQUIRE(snapshot(world, state.backend(), 1).handle);
  for (int i = 1; i < 200; ++i) {  // it leaves
    state.use({static_cast<double>(i), {}});
    state->value.update(i);
  }
  state.use({-0.0, -std::nanf("2")});
  CHECK(state->value.value_or(0) == 1);
  CHECK(state->map.get_or(-0.0, 0) == 2);
  CHECK(state->map.get_or(-std::nan("2"), 0) == 3);
}

TEST_CASE("what is cleared after a restore leaves no row behind") {
  World world;
  struct Two {
    ValueState<std::int64_t> used{"used"};
    ValueState<std::int64_t> other{"other"};
  };
  Keyed<std::string, Two> first(world.setup("hashmap", 0, {0, 127}));
  for (int i = 0; i < 500; ++i) {
    first.use(std::to_string(i));
    first->used.update(i);
  }
  const auto result = snapshot(world, first.backend(), 1);
  REQUIRE(result.handle);
  auto setup = world.setup("hashmap", 0, {0, 127});
  setup.restored = {*result.handle};
  Keyed<std::string, Two> state(std::move(setup));
  for (int i = 0; i < 500; ++i) {
    state.use(std::to_string(i));
    state->used.clear();
  }
  REQUIRE(snapshot(world, state.backend(), 2).handle);
  for (int i = 0; i < 100; ++i) state.backend().work(std::chrono::microseconds{1000});
  CHECK(state.backend().memory_bytes() == 0);
}

TEST_CASE("a list that was cleared when a part of it was too old does not come back") {
  World world;
  struct Aging {
    ListState<std::int64_t> list{"list"};
    explicit Aging(int millis = 100) {
      list.enable_time_to_live(
          StateTtlConfig::new_builder(std::chrono::milliseconds{millis}).build());
    }
  };
  Keyed<std::string, Aging> state(world.setup("lmdb", 1000, {0, 127}));
  state.use("a");
  state->list.add(1);
  REQUIRE(snapshot(world, state.backend(), 1).handle);
  state.backend().confirm(1);
  for (int i = 0; i < 200; ++i) {  // it leaves
    state.use(std::to_string(i));
    state->list.add(i);
  }
  world.clock.millis += 200;
  state.use("a");
  CHECK(state->list.get().empty());
  state->list.clear();
  const auto result = snapshot(world, state.backend(), 2);
  REQUIRE(result.handle);
  auto setup = world.setup("hashmap", 0, {0, 127});
  setup.restored = {*result.handle};
  Keyed<std::string, Aging> restored(std::move(setup), Aging{1'000'000});
  restored.use("a");
  CHECK(restored->list.get().empty());
}

TEST_CASE("a savepoint that was aborted leaves no files") {
  World world;
  Keyed<std::string, Value> state(world.setup("lmdb", 0, {0, 127}));
  state.use("a");
  state->value.update("1");
  const auto target = world.target(1, "test", true);
  bool done = false;
  state.backend().begin(target, [&done](const auto&) { done = true; });
  const auto files = [&target] {
    return std::distance(std::filesystem::directory_iterator{target.directory}, {});
  };
  for (int round = 0; round < 1000 && files() == 0; ++round) {
    while (!world.helpers.jobs.empty() && files() == 0) world.helpers.run(0);
    if (files() == 0) state.backend().work(std::chrono::microseconds{1000});
  }
  REQUIRE(files() == 1);
  REQUIRE(!done);
  state.backend().abort(1);
  state.backend().work(std::chrono::microseconds{1000});
  world.helpers.run_all();
  CHECK(files() == 0);
  CHECK(snapshot(world, state.backend(), 2, true).handle);
}

namespace {

struct Walked {
  MapState<int, std::string> map{"map"};
};

std::string content(int key) { return "value " + std::to_string(key); }

// Entries of which memory has all, some, or none.
struct Walks {
  World world;
  std::unique_ptr<Keyed<std::string, Walked>> state;
  std::map<int, std::string> expected;

  Walks(const std::string& type, std::size_t memory_bytes, int entries) {
    Keyed<std::string, Walked> first(world.setup("hashmap", 0, {0, 127}));
    first.use("k");
    for (int i = 0; i < entries; ++i) {
      first->map.put(i, content(i));
      expected[i] = content(i);
    }
    auto setup = world.setup(type, memory_bytes, {0, 127});
    setup.restored = {*snapshot(world, first.backend(), 1).handle};
    state = std::make_unique<Keyed<std::string, Walked>>(std::move(setup));
  }
  const MapState<int, std::string>& map() { return (*state)->map; }
};

void walk_at_random(const std::string& type, std::size_t memory_bytes, std::uint32_t seed) {
  CAPTURE(type);
  CAPTURE(memory_bytes);
  CAPTURE(seed);
  std::mt19937 random(seed);
  const auto below = [&random](int end) { return static_cast<int>(random() % end); };
  Walks walks(type, memory_bytes, 1 + below(200));
  const int keys = static_cast<int>(walks.expected.size());
  walks.state->use("k");
  for (int i = below(keys); i > 0; --i) walks.map().contains(below(keys));  // now in memory
  for (int round = 0; round < 3; ++round) {
    std::map<int, std::string> left = walks.expected;  // still to be met
    for (const auto& [key, value] : walks.map().entries()) {
      const int met = key;
      REQUIRE(left.erase(met) == 1);
      CHECK(value == walks.expected[met]);
      for (int reads = below(4); reads > 0; --reads) {
        const int other = below(keys);
        CHECK(walks.map().contains(other) == walks.expected.contains(other));
      }
      if (below(8) == 0) {
        walks.map().remove(met);
        walks.expected.erase(met);
      }
      if (below(8) == 0) {
        const int other = below(keys);
        walks.map().remove(other);
        walks.expected.erase(other);
        left.erase(other);
      }
      if (below(4) == 0) {  // one that is there is changed: met or still to be met
        const int other = below(4) == 0 ? met : below(keys);
        if (walks.expected.contains(other)) {
          walks.expected[other] = content(static_cast<int>(random() % 1000));
          walks.map().put(other, walks.expected[other]);
        }
      }
      if (below(64) == 0) {
        for (const int inner : walks.map().keys()) walks.map().contains(inner / 2);
      }
    }
    CHECK(left.empty());
    for (int key = 0; key < keys; ++key) {
      const auto found = walks.expected.find(key);
      CHECK(walks.map().get_or(key, "") == (found == walks.expected.end() ? "" : found->second));
    }
  }
}

}  // namespace

TEST_CASE("a map is read, entries are changed and removed while it is walked, wherever they are") {
  for (std::uint32_t seed = 1; seed <= 40; ++seed) {
    walk_at_random("hashmap", 0, seed);
    walk_at_random("lmdb", std::size_t{1} << 30, seed);
    walk_at_random("lmdb", 8000, seed);
    walk_at_random("lmdb", 1, seed);
  }
}

TEST_CASE("a map that gets a key while it is walked says so, wherever its entries are") {
  for (const std::size_t memory_bytes : {std::size_t{1} << 30, std::size_t{8000}, std::size_t{1}}) {
    for (int what = 0; what < 3; ++what) {
      Walks walks("lmdb", memory_bytes, 100);
      walks.state->use("k");
      const auto walk = [&] {
        for (const int key : walks.map().keys()) {
          if (what == 0) walks.map().put(1000, "new");
          if (what == 1) walks.map().clear();
          if (what == 2) {
            walks.map().remove(key);
            walks.map().put(key, "again");
          }
        }
      };
      CHECK_THROWS_WITH_AS(walk(), doctest::Contains("got a new key by put(), or was cleared"),
                           Error);
    }
  }
}

namespace {
struct Listed {
  ListState<std::string> list{"list"};
};
}  // namespace

TEST_CASE("a list that is added to while it is walked ends where it ended before") {
  for (const std::size_t memory_bytes : {std::size_t{1} << 30, std::size_t{1}}) {
    for (const int length : {0, 1, 63, 64, 65, 200}) {
      CAPTURE(length);
      World world;
      Keyed<std::string, Listed> state(world.setup("lmdb", memory_bytes, {0, 127}));
      state.use("k");
      std::vector<std::string> expected;
      const auto add = [&](const std::string& value) {
        state->list.add(value);
        expected.push_back(value);
      };
      for (int i = 0; i < length; ++i) add(content(i));
      for (int round = 0; round < 3; ++round) {
        const auto before = expected;
        std::vector<std::string> met;
        const auto range = state->list.get();
        CHECK(range.size() == before.size());
        for (auto it = range.begin(); it != range.end(); ++it) {
          met.push_back(*it);
          add(*it + "+");
        }
        CHECK(met == before);
        CHECK(range.size() == before.size());
        if (expected.size() > 600) break;
      }
      std::vector<std::string> all;
      for (const auto& value : state->list.get()) all.push_back(value);
      CHECK(all == expected);
    }
  }
}

TEST_CASE("a list that is replaced while it is walked says so") {
  World world;
  Keyed<std::string, Listed> state(world.setup("hashmap", 0, {0, 127}));
  state.use("k");
  for (const bool cleared : {true, false}) {
    state->list.update(std::vector<std::string>{"a", "b"});
    const auto walk = [&] {
      for ([[maybe_unused]] const auto& value : state->list.get()) {
        if (cleared) state->list.clear();
        else state->list.update(std::vector<std::string>{"c", "d"});
      }
    };
    CHECK_THROWS_WITH_AS(walk(), doctest::Contains("changed by update() or clear()"), Error);
  }
}
