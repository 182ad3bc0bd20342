// SPDX-License-Identifier: Apache-2.0
// Namespaces as values, and windows as an operator keeps them.
#include <doctest/doctest.h>
#include <flink/error.h>

#include <optional>

#include "unit/state/engine_support.h"

using namespace flink;
using namespace flink::test;

TEST_CASE("namespaces are equal when their bytes are") {
  std::vector<std::string> all{"", std::string(1, '\0'), std::string(2, '\0')};
  for (const std::size_t size : {1U, 8U, 16U, 22U, 23U, 24U, 25U, 200U, 255U, 256U, 70'000U}) {
    for (const char last : {'a', '\0', '\xFF'}) all.push_back(std::string(size - 1, 'a') + last);
  }
  for (const std::string& a : all) {
    CAPTURE(a.size());
    const state::Namespace one(a);
    CHECK(one.view() == a);
    CHECK(one.is_void() == a.empty());
    CHECK((one.row_hash(77) == 77) == a.empty());
    const state::Namespace copy = one;
    CHECK(copy == one);
    CHECK(copy.row_hash(77) == state::Namespace(a).row_hash(77));
    for (const std::string& b : all) {
      state::Namespace other(b);
      CHECK((one == other) == (a == b));
      other = copy;
      CHECK(other.view() == a);
      state::Namespace moved = std::move(other);
      CHECK(moved == one);
    }
  }
}

namespace {

struct Window {
  std::int64_t start = 0, end = 0;
};
std::string bytes_of(const Window& window) {
  std::string bytes;
  ByteWriter out(bytes);
  Serializer<Window>::write(out, window);
  out.finish();
  return bytes;
}
struct Counts {
  ReducingState<std::int64_t> count{
      "count", [](const std::int64_t& a, const std::int64_t& b) { return a + b; }};
  ValueState<std::int64_t> late{"late"};
};
using Windows = Keyed<std::int64_t, Counts>;

}  // namespace

TEST_CASE("windows: counts and timers a key and window, a total a key, through a restore") {
  World world;
  constexpr std::int64_t keys = 300, records = 20;
  for (const char* const type : {"hashmap", "lmdb"}) {
    CAPTURE(type);
    auto windows = std::make_unique<Windows>(world.setup(type, 20'000, {0, 127}), Counts{},
                                             schema_of<Window>());
    for (std::int64_t i = 0; i < keys * records; ++i) {
      const std::int64_t start = i / keys / 5 * 5;
      windows->use(i % keys, bytes_of({start, start + 5}));
      (*windows)->count.add(1);
      windows->timers().register_event_time_timer(timestamp_of_millis(start + 4));
      // The total is the key's.
      windows->enter_void();
      (*windows)->late.stand_at(windows->second());
      (*windows)->late.update((*windows)->late.value_or(0) + 1);
      if (i % 50 == 0) {
        windows->backend().work(std::chrono::microseconds{500});
        world.helpers.run_all();
      }
    }
    std::optional<state::KeyedSnapshotResult> result;
    windows->backend().begin(world.target(1, type, true), [&](auto r) { result = std::move(r); });
    for (int round = 0; round < 1000 && !result; ++round) {
      windows->backend().work(std::chrono::microseconds{1000});
      world.helpers.run_all();
    }
    REQUIRE(result);
    REQUIRE_MESSAGE(result->handle, result->failure);
    auto setup = world.setup(type, 20'000, {0, 127});
    setup.restored = {*result->handle};
    windows = std::make_unique<Windows>(std::move(setup), Counts{}, schema_of<Window>());
    std::int64_t fired = 0, last = 0;
    windows->timers().advance_watermark(timestamp_of_millis(1000), [&](Timestamp at) {
      const std::int64_t end = at.time_since_epoch().count() + 1;
      CHECK(windows->place().second == bytes_of({end - 5, end}));
      CHECK(end >= last);
      last = end;
      REQUIRE((*windows)->count.get() != nullptr);
      CHECK(*(*windows)->count.get() == 5);
      windows->enter_void();
      (*windows)->late.stand_at(windows->second());
      CHECK((*windows)->late.value_or(0) == records);
      windows->clear();
      ++fired;
    });
    CHECK(fired == keys * records / 5);
    std::int64_t left = 0;
    windows->backend().for_each_key((*windows)->count.bound(), [&] { ++left; });
    CHECK(left == 0);
    windows->backend().for_each_key((*windows)->late.bound(), [&] {
      CHECK(windows->place().second.empty());
      ++left;
    });
    CHECK(left == keys);
  }
}

TEST_CASE("state of another kind of window is refused") {
  World world;
  Windows windows(world.setup("hashmap", 0, {0, 127}), Counts{}, schema_of<Window>());
  windows.use(1, bytes_of({0, 5}));
  windows->count.add(1);
  std::optional<state::KeyedSnapshotResult> result;
  windows.backend().begin(world.target(1, "w", false), [&](auto r) { result = std::move(r); });
  for (int round = 0; round < 1000 && !result; ++round) {
    windows.backend().work(std::chrono::microseconds{1000});
    world.helpers.run_all();
  }
  REQUIRE(result);
  for (const std::string schema : {"", "{start:i64}"}) {
    auto setup = world.setup("hashmap", 0, {0, 127});
    setup.restored = {*result->handle};
    CHECK_THROWS_WITH_AS((Windows(std::move(setup), Counts{}, schema)),
                         doctest::Contains("its namespace was {start:i64,end:i64}"), Error);
  }
}
