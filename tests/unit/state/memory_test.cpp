// SPDX-License-Identifier: Apache-2.0
// What the keyed state engine does about its budget: what cannot leave, what grows, walks over all
// keys.
#include <doctest/doctest.h>
#include <flink/error.h>

#include <algorithm>
#include <set>

#include "unit/state/engine_support.h"

using namespace flink;
using namespace flink::test;

namespace {

struct Value {
  ValueState<std::string> value{"value"};
};
struct Map {
  MapState<std::int64_t, std::string> map{"map"};
};

void run_helpers(World& world, state::KeyedState& backend) {
  for (int round = 0; round < 4; ++round) {
    world.helpers.run_all();
    backend.work(std::chrono::microseconds{1000});
  }
}

}  // namespace

TEST_CASE("timers beyond the budget do not make a run of each change") {
  World world;
  constexpr std::size_t budget = 100'000;
  Keyed<std::int64_t, Value> state(world.setup("lmdb", budget, {0, 127}));
  constexpr std::int64_t keys = 20'000;
  const auto pass = [&](std::size_t& jobs) {
    for (std::int64_t i = 0; i < keys; ++i) {
      state.use(i);
      state->value.update("a value of some length " + std::to_string(i));
      state.timers().register_event_time_timer(timestamp_of_millis(i + 1));
      if (i % 100 != 0) continue;
      jobs += world.helpers.jobs.size();
      run_helpers(world, state.backend());
    }
  };
  std::size_t jobs = 0;
  pass(jobs);
  pass(jobs);
  CHECK(jobs < 2'000);
  CHECK(state.backend().memory_bytes() < 2 * budget);
  std::int64_t fired = 0;
  state.timers().advance_watermark(timestamp_of_millis(keys), [&](Timestamp) {
    REQUIRE(state->value.value() != nullptr);
    CHECK(*state->value.value() == "a value of some length " + std::to_string(state.key()));
    ++fired;
  });
  CHECK(fired == keys);
  for (std::int64_t i = 0; i < keys; ++i) {
    state.use(i);
    state->value.update("another value of some length");
    if (i % 100 == 0) run_helpers(world, state.backend());
  }
  CHECK(state.backend().memory_bytes() < 2 * budget);
}

TEST_CASE("values that grow between two checkpoints stay within the budget") {
  World world;
  constexpr std::size_t budget = 200'000;
  Keyed<std::int64_t, Value> state(world.setup("lmdb", budget, {0, 127}));
  std::size_t most = 0;
  for (std::size_t length = 0; length < 20'000; length += 1000) {
    for (std::int64_t i = 0; i < 100; ++i) {
      state.use(i);
      CHECK(state->value.value_or("").size() == (length == 0 ? 0 : length - 1000));
      state->value.update(std::string(length, 'v'));
      most = std::max(most, state.backend().memory_bytes());
    }
  }
  CHECK(most < 3 * budget);
}

TEST_CASE("a walk over all keys stays within the budget, whatever it changes") {
  World world;
  constexpr std::size_t budget = 200'000;
  Keyed<std::int64_t, Map> state(world.setup("lmdb", budget, {0, 127}));
  constexpr std::int64_t keys = 2'000;
  for (std::int64_t i = 0; i < keys; ++i) {
    state.use(i);
    for (std::int64_t at = 0; at < 10; ++at) state->map.put(at, std::string(100, 'v'));
    if (i % 10 == 0) run_helpers(world, state.backend());
  }
  for (const bool change : {false, true, true}) {
    std::size_t most = 0;
    std::set<std::int64_t> seen;
    state.backend().for_each_key(state->map.bound(), [&] {
      const std::int64_t key = state.key();
      CHECK(seen.insert(key).second);
      for (std::int64_t at = 0; at < 10; ++at) {
        REQUIRE(state->map.get(at) != nullptr);
        if (change) state->map.put(at, *state->map.get(at) + "w");
      }
      if (change && key % 3 == 0) {
        state->map.remove(11);
        state->map.put(12, "x");
        state->map.remove(12);
      }
      most = std::max(most, state.backend().memory_bytes());
    });
    CHECK(seen.size() == keys);
    CHECK(most < 3 * budget);
  }
  for (std::int64_t i = 0; i < keys; ++i) {
    state.use(i);
    CHECK(state->map.get_or(5, "").size() == 102);
    CHECK(!state->map.contains(12));
  }
}

TEST_CASE("memory is made free again after a walk that failed") {
  World world;
  constexpr std::size_t budget = 100'000;
  Keyed<std::int64_t, Value> state(world.setup("lmdb", budget, {0, 127}));
  state.use(1);
  state->value.update("1");
  CHECK_THROWS_AS(state.backend().for_each_key(state->value.bound(),
                                               [] {
                                                 throw Error{ErrorKind::user, "no"};
                                               }),
                  Error);
  for (std::int64_t i = 0; i < 2'000; ++i) {
    state.use(i);
    state->value.update(std::string(500, 'v'));
  }
  CHECK(state.backend().memory_bytes() < 2 * budget);
}
