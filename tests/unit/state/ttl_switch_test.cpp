// SPDX-License-Identifier: Apache-2.0
// A state gets a time-to-live between a snapshot and the job that goes on from it, or loses it.
#include <doctest/doctest.h>

#include <optional>

#include "unit/state/engine_support.h"

using namespace flink;
using namespace flink::test;

namespace {

constexpr int keys = 200;

state::KeyedStateHandle snapshot(World& world, state::KeyedState& backend, std::int64_t id) {
  std::optional<state::KeyedSnapshotResult> result;
  backend.begin(world.target(id, "test", false),
                [&result](state::KeyedSnapshotResult r) { result = std::move(r); });
  for (int round = 0; round < 10'000 && !result; ++round) {
    world.helpers.run_all();
    backend.work(std::chrono::microseconds{1000});
  }
  REQUIRE(result.has_value());
  REQUIRE_MESSAGE(result->handle, result->failure);
  return *result->handle;
}

// `Number`: of the values, whose type may change at the same time.
template <class Number>
struct Plain {
  ValueState<Number> value{"value"};
  MapState<int, std::string> map{"map"};
  ListState<Number> list{"list"};
};
template <class Number>
struct Aging : Plain<Number> {
  Aging() {
    const auto ttl = StateTtlConfig::new_builder(std::chrono::milliseconds{100}).build();
    this->value.enable_time_to_live(ttl);
    this->map.enable_time_to_live(ttl);
    this->list.enable_time_to_live(ttl);
  }
};

template <class F>
void write(Keyed<std::string, F>& state, int from, int to) {
  for (int i = from; i < to; ++i) {
    state.use(std::to_string(i));
    state->value.update(i);
    state->map.put(1, "one");
    state->map.put(i, std::to_string(i));
    state->list.update({i, i + 1});
  }
}
// How many of the keys have all they were given.
template <class F>
int whole(Keyed<std::string, F>& state) {
  int found = 0;
  for (int i = 0; i < keys; ++i) {
    state.use(std::to_string(i));
    const auto* const value = state->value.value();
    const auto* const text = state->map.get(i);
    std::int64_t sum = 0;
    for (const auto number : state->list.get()) sum += number;
    found += value != nullptr && *value == i && text != nullptr && *text == std::to_string(i) &&
             sum == 2 * i + 1;
  }
  return found;
}

}  // namespace

TEST_CASE("a time-to-live begins with the restore, and ends with one") {
  for (const char* type : {"hashmap", "lmdb"}) {
    for (const std::size_t room : {std::size_t{0}, std::size_t{3000}}) {
      CAPTURE(type);
      CAPTURE(room);
      World world;
      const auto restored = [&](const state::KeyedStateHandle& handle) {
        auto setup = world.setup(type, room, {0, 127});
        setup.restored = {handle};
        return setup;
      };
      Keyed<std::string, Plain<std::int32_t>> plain(world.setup(type, room, {0, 127}));
      write(plain, 0, keys / 2);
      plain.use("gone");
      plain->value.update(1);
      plain->map.put(1, "gone");
      snapshot(world, plain.backend(), 1);
      write(plain, keys / 2, keys);
      plain.use("gone");
      plain->value.clear();
      plain->map.clear();
      const auto without = snapshot(world, plain.backend(), 2);  // two runs, with tombstones

      world.clock.millis += 50'000;
      Keyed<std::string, Aging<std::int64_t>> aging(restored(without));
      aging.use("gone");
      CHECK(aging->value.value() == nullptr);
      CHECK(aging->map.is_empty());
      CHECK(whole(aging) == keys);
      world.clock.millis += 99;
      CHECK(whole(aging) == keys);
      write(aging, 0, 10);
      const auto with = snapshot(world, aging.backend(), 3);
      world.clock.millis += 1;
      CHECK(whole(aging) == 10);
      const auto aged = snapshot(world, aging.backend(), 4);

      world.clock.millis += 50'000;
      Keyed<std::string, Aging<std::int64_t>> too_late(restored(with));
      CHECK(whole(too_late) == 0);
      Keyed<std::string, Plain<std::int64_t>> again(restored(with));
      CHECK(whole(again) == keys);
      const auto last = snapshot(world, again.backend(), 5);
      world.clock.millis += 50'000;
      Keyed<std::string, Plain<std::int64_t>> once_more(restored(last));
      CHECK(whole(once_more) == keys);
      Keyed<std::string, Plain<std::int64_t>> of_the_aged(restored(aged));
      CHECK(whole(of_the_aged) >= 10);
    }
  }
}
