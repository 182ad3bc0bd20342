// SPDX-License-Identifier: Apache-2.0
// Timers that are mostly in runs, and those that format 1 wrote.
#include <doctest/doctest.h>
#include <flink/operators/watermark_work.h>

#include <algorithm>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <tuple>

#include "state/entry_key.h"
#include "state/run_builder.h"
#include "unit/state/engine_support.h"

using namespace flink;
using namespace flink::test;

namespace {

struct Count {
  ReducingState<std::int64_t> count{
      "count", [](const std::int64_t& a, const std::int64_t& b) { return a + b; }};
};
using Counts = Keyed<std::int64_t, Count>;

void run_helpers(World& world, state::KeyedState& backend) {
  for (int round = 0; round < 4; ++round) {
    world.helpers.run_all();
    backend.work(std::chrono::microseconds{1000});
  }
}

state::KeyedStateHandle snapshot(World& world, state::KeyedState& backend, std::int64_t id,
                                 bool savepoint) {
  std::optional<state::KeyedSnapshotResult> result;
  backend.begin(world.target(id, "test", savepoint), [&](auto r) { result = std::move(r); });
  for (int round = 0; round < 10'000 && !result; ++round) run_helpers(world, backend);
  REQUIRE(result);
  REQUIRE_MESSAGE(result->handle, result->failure);
  return *result->handle;
}

}  // namespace

TEST_CASE("windows far over the budget, and their timers, stay within it") {
  constexpr std::size_t budget = 250'000;
  constexpr std::int64_t keys = 10'000, windows = 3;
  for (const int run : {0, 1, 2, 3}) {
    const bool aligned = (run & 1) == 0;  // all end at once, or each at its own time
    const bool in_rows = run < 2;         // the timers, or beside them
    CAPTURE(aligned);
    CAPTURE(in_rows);
    World world;
    auto state = std::make_unique<Counts>(world.setup("lmdb", budget, {0, 127}), Count{}, "i64");
    std::size_t most = 0;
    std::int64_t expected = 0;
    const auto end_of = [&](std::int64_t key, std::int64_t window) {
      return window * 100'000 + (aligned ? 99'999 : key * 7919 % 100'000);
    };
    for (std::int64_t window = 0; window < windows; ++window) {
      for (std::int64_t key = 0; key < keys; ++key) {
        state->use(key, "window " + std::to_string(window));
        (*state)->count.add(key);
        const Timestamp end = timestamp_of_millis(end_of(key, window));
        if (in_rows) state->timers().add_event_time_timer(state->row_for_timer(), end);
        else state->timers().register_event_time_timer(end);
        ++expected;
        if (key % 20 == 0) run_helpers(world, state->backend());
        most = std::max(most, state->backend().memory_bytes());
      }
    }
    CHECK(most < 2 * budget);
    // Some are deleted wherever they are.
    for (std::int64_t key = 0; key < keys; key += 10) {
      state->use(key, "window 2");
      state->timers().delete_event_time_timer(timestamp_of_millis(end_of(key, 2)));
      --expected;
    }
    const auto handle = snapshot(world, state->backend(), 1, aligned);
    auto setup = world.setup("lmdb", budget, {0, 127});
    setup.restored = {handle};
    state = std::make_unique<Counts>(std::move(setup), Count{}, "i64");
    std::int64_t fired = 0, last = 0;
    most = 0;
    state->timers().advance_watermark(timestamp_of_millis(windows * 100'000), [&](Timestamp at) {
      const std::int64_t millis = at.time_since_epoch().count();
      CHECK(millis >= last);
      last = millis;
      REQUIRE((*state)->count.get() != nullptr);
      CHECK(*(*state)->count.get() == state->key());
      state->clear();
      if (++fired % 20 == 0) world.helpers.run_all();
      most = std::max(most, state->backend().memory_bytes());
    });
    CHECK(fired == expected);
    CHECK(most < 2 * budget);
  }
}

// By time, key and namespace.
using RowTimers = std::set<std::tuple<std::int64_t, std::int64_t, std::string>>;

TEST_CASE("timers in rows and those beside them are those of a model") {
  const std::uint64_t seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  const auto below = [&random](std::int64_t n) {
    return static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(n));
  };
  struct Backend {
    const char* type;
    std::size_t budget;
  };
  for (const auto& [type, budget] : {Backend{"hashmap", 0}, {"lmdb", 1 << 20}, {"lmdb", 12'000}}) {
    CAPTURE(type);
    CAPTURE(budget);
    World world;
    auto state = std::make_unique<Counts>(world.setup(type, budget, {0, 127}), Count{}, "i64");
    RowTimers model;
    std::int64_t watermark = 0, checkpoint = 0;
    for (int step = 0; step < 20'000; ++step) {
      const std::int64_t key = below(40), at = watermark + 1 + below(60);
      const std::string name = "window " + std::to_string(below(5));
      state->use(key, name);
      TimerService& timers = state->timers();
      state::Row* row = state->row_for_timer();
      switch (below(12)) {
        case 0:
        case 1:
        case 2:
        case 3:
          (*state)->count.add(1);
          row = state->row_for_timer();
          REQUIRE(row != nullptr);
          timers.add_event_time_timer(row, timestamp_of_millis(at));
          model.emplace(at, key, name);
          break;
        case 4:
        case 5:
          if (row == nullptr || !row->is(state::Row::timed)) break;
          CHECK(model.erase({static_cast<state::NamespacedRow*>(row)->due, key, name}) == 1);
          timers.delete_event_time_timer_in(row);
          break;
        case 6:
          timers.register_event_time_timer(timestamp_of_millis(at));
          model.emplace(at, key, name);
          break;
        case 7:
          timers.delete_event_time_timer(timestamp_of_millis(at));
          model.erase({at, key, name});
          break;
        case 8:
          state->clear();
          break;
        case 9:
        case 10:
          run_helpers(world, state->backend());
          break;
        default:
          if (below(20) == 0) {
            const auto handle = snapshot(world, state->backend(), ++checkpoint, below(3) == 0);
            if (below(2) == 0) break;
            auto setup = world.setup(type, budget, {0, 127});
            setup.restored = {handle};
            state = std::make_unique<Counts>(std::move(setup), Count{}, "i64");
            break;
          }
          watermark += below(20);
          timers.advance_watermark(timestamp_of_millis(watermark), [&](Timestamp fired) {
            const auto [of_key, of_name] = state->place();
            CHECK(model.erase({fired.time_since_epoch().count(), of_key, of_name}) == 1);
            if (below(2) == 0) state->clear();
          });
          CHECK((model.empty() || std::get<0>(*model.begin()) > watermark));
      }
    }
    state->timers().advance_watermark(max_timestamp, [&](Timestamp fired) {
      const auto [key, name] = state->place();
      CHECK(model.erase({fired.time_since_epoch().count(), key, name}) == 1);
      state->clear();
    });
    CHECK(model.empty());
  }
}

TEST_CASE("timers at the end of time fire, also those that are in runs only") {
  constexpr std::int64_t keys = 10'000;
  for (const std::int64_t at : {INT64_MAX, INT64_MAX - 1}) {
    for (const bool restored : {false, true}) {
      CAPTURE(at);
      CAPTURE(restored);
      World world;
      const auto setup = [&] { return world.setup("lmdb", 150'000, {0, 127}); };
      auto state = std::make_unique<Counts>(setup(), Count{});
      for (std::int64_t key = 0; key < keys; ++key) {
        state->use(key);
        (*state)->count.add(key);
        state->timers().register_event_time_timer(timestamp_of_millis(at));
        if (key % 20 == 0) run_helpers(world, state->backend());
      }
      if (restored) {
        auto again = setup();
        again.restored = {snapshot(world, state->backend(), 1, false)};
        state = std::make_unique<Counts>(std::move(again), Count{});
      }
      std::int64_t fired = 0;
      state->timers().advance_watermark(timestamp_of_millis(INT64_MAX), [&](Timestamp) {
        if (++fired % 20 == 0) world.helpers.run_all();
      });
      CHECK(fired == keys);
    }
  }
}

TEST_CASE("timers that one watermark fires do so in pieces, and go on after a restore") {
  World world;
  constexpr std::int64_t keys = 1000;
  const flink::detail::Atomic<bool> overdue{true};  // a turn is over after each timer
  struct Over final : flink::detail::Turn {
    using Turn::Turn;
    void look_up() override {}
    std::size_t source_records() const override { return 1; }
    void source_emitted(std::size_t) override {}
  } turn{overdue};
  flink::detail::Pace pace;
  pace.open(turn);
  for (const bool may_pause : {true, false}) {
    CAPTURE(may_pause);
    auto state = std::make_unique<Counts>(world.setup("hashmap", 0, {0, 127}));
    for (std::int64_t key = 0; key < keys; ++key) {
      state->use(key);
      state->timers().register_event_time_timer(timestamp_of_millis(key * 7919 % keys));
    }
    flink::detail::WatermarkWork work;
    work.open(may_pause, state->timers(), false);
    CHECK_FALSE(work.pending());
    std::vector<std::int64_t> fired;
    const auto fire = [&](Timestamp at) { fired.push_back(at.time_since_epoch().count()); };
    work.begin(timestamp_of_millis(599));
    std::size_t pieces = 0;
    while (!work.go_on(pace, fire)) {
      CHECK(fired.size() == ++pieces);
      if (pieces == 100) break;
    }
    if (!may_pause) {
      CHECK(fired.size() == 600);
      CHECK_FALSE(work.pending());
      continue;
    }
    CHECK(work.pending());
    const auto handle = snapshot(world, state->backend(), 1, false);
    auto setup = world.setup("hashmap", 0, {0, 127});
    setup.restored = {handle};
    state = std::make_unique<Counts>(std::move(setup));
    state->timers().set_watermark(timestamp_of_millis(599));
    work.open(true, state->timers(), true);
    CHECK(work.pending());  // before anything comes in
    while (!work.go_on(pace, fire)) {
    }
    CHECK(fired.size() == 600);
    CHECK(std::is_sorted(fired.begin(), fired.end()));
  }
}

TEST_CASE("a timer set behind a watermark waits for the next one, also when that one comes again") {
  World world;
  for (const bool may_pause : {true, false}) {
    for (const bool left : {true, false}) {  // the watermark was not worked off whole
      CAPTURE(may_pause);
      CAPTURE(left);
      Counts state{world.setup("hashmap", 0, {0, 127})};
      state.use(1);
      state.timers().register_event_time_timer(timestamp_of_millis(5));
      state.timers().set_watermark(timestamp_of_millis(10));  // restored
      flink::detail::WatermarkWork work;
      work.open(may_pause, state.timers(), left);
      CHECK(work.pending() == (may_pause && left));
      int fired = 0;
      const auto fire = [&](Timestamp) { ++fired; };
      const flink::detail::Pace pace;
      if (work.pending()) CHECK(work.go_on(pace, fire));
      work.begin(timestamp_of_millis(10));
      CHECK(work.go_on(pace, fire));  // it goes on to who has not heard of it
      CHECK(fired == (left ? 1 : 0));
      work.begin(timestamp_of_millis(11));
      CHECK(work.go_on(pace, fire));
      CHECK(fired == 1);
    }
  }
}

TEST_CASE("timers of format 1 fire once, whatever is restored when") {
  World world;
  const std::string name = "_timer_state/event_user-timers";
  state::StateDescriptor old;
  old.name = name;
  old.id = state::state_id(name);
  old.kind = "timer";
  old.key_schema = schema_of<std::int64_t>();
  std::map<std::string, std::string> entries;
  constexpr std::int64_t keys = 1000;
  for (std::int64_t key = 0; key < keys; ++key) {
    ByteWriter bytes;
    Serializer<std::int64_t>::write(bytes, key);
    const auto bits = __builtin_bswap64(static_cast<std::uint64_t>(key) ^ std::uint64_t{1} << 63);
    state::EntryKey entry;
    entry.group = static_cast<std::uint16_t>(key_group(key_hash(key), 128));
    entry.state = old.id;
    entry.key = bytes.view();
    entry.subkey = {reinterpret_cast<const char*>(&bits), sizeof(bits)};
    std::string stored;
    state::append_stored_key(stored, entry);
    std::string value;
    state::append_value_header(value, {}, {});
    entries[stored] = value;
  }
  state::RunBuilder builder({.scratch_file = world.directory.path + "/old.scratch",
                             .states = {old},
                             .entries_max = entries.size()});
  for (const auto& [key, value] : entries) builder.append(key, value);
  state::KeyedStateHandle handle;
  handle.groups = {0, 127};
  handle.states = {old};
  handle.runs = {{builder.publish(world.files, world.directory.path + "/old.run"), {0, 127}}};

  std::int64_t fired = 0;
  for (const char* const type : {"hashmap", "lmdb"}) {
    for (const bool savepoint : {false, true}) {
      CAPTURE(type);
      CAPTURE(savepoint);
      std::vector<state::KeyedStateHandle> restored{handle};
      fired = 0;
      for (const std::int64_t until : {keys / 3, keys / 2, keys}) {
        auto setup = world.setup(type, 20'000, {0, 127});
        setup.restored = restored;
        Counts counts(std::move(setup));
        counts.timers().advance_watermark(timestamp_of_millis(until), [&](Timestamp at) {
          CHECK(at.time_since_epoch().count() == fired);
          CHECK(counts.key() == fired);
          ++fired;
        });
        CHECK(fired == std::min(until + 1, keys));
        restored = {snapshot(world, counts.backend(), until, savepoint)};
        counts.backend().confirm(until);
      }
    }
  }
}
