// SPDX-License-Identifier: Apache-2.0
// What eviction may take, and in which order.
#include "state/clean_rows.h"

#include <doctest/doctest.h>

#include <array>

#include "unit/state/engine_support.h"

using namespace flink;
using namespace flink::state;
using namespace flink::test;

namespace {

struct Maps {
  MapState<std::int64_t, std::int64_t> map{"map"};
};

}  // namespace

TEST_CASE("clean rows are taken once, the oldest first, and not when they have gone") {
  RowTable table(sizeof(Row), 0);
  std::array<Row*, 4> rows{};
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = table.add(i);
  CleanRows clean;
  clean.note(rows[0]);
  CHECK(clean.empty());  // nobody takes any
  clean.enable();
  for (Row* const row : rows) clean.note(row);
  clean.note(rows[1]);
  CHECK(clean.size() == 4);
  table.remove(rows[1]);
  CHECK(clean.take() == rows[0]);
  CHECK(clean.take() == nullptr);
  clean.note(rows[0]);  // it stays for now
  CHECK(clean.take() == rows[2]);
  CHECK(clean.take() == rows[3]);
  CHECK(clean.take() == rows[0]);
  CHECK(clean.empty());
}

TEST_CASE("places of rows that come and go do not add up while nothing has to leave") {
  RowTable table(sizeof(Row), 0);
  CleanRows clean;
  clean.enable();
  Row* const kept = table.add(1);
  clean.note(kept);
  for (std::uint64_t i = 0; i < 100'000; ++i) {
    Row* const row = table.add(i);
    clean.note(row);
    table.remove(row);
  }
  CHECK(clean.size() < 5'000);
  bool found = false;
  while (!clean.empty()) found |= clean.take() == kept;
  CHECK(found);
}

TEST_CASE("entries of one key's large map leave, however often the key is used") {
  World world;
  constexpr std::size_t budget = 200'000;
  Keyed<std::int64_t, Maps> state(world.setup("lmdb", budget, {0, 127}));
  constexpr std::int64_t entries = 20'000;
  std::size_t most = 0;
  for (const std::int64_t pass : {0, 1}) {
    for (std::int64_t i = 0; i < entries; ++i) {
      state.use(7);
      CHECK(state->map.get_or(i, 0) == (pass == 0 ? 0 : i));
      state->map.put(i, i + pass);
      if (i % 100 == 0) {
        world.helpers.run_all();
        state.backend().work(std::chrono::microseconds{1000});
      }
      most = std::max(most, state.backend().memory_bytes());
    }
  }
  CHECK(most < 2 * budget);
  for (std::int64_t i = 0; i < entries; i += 7) {
    state.use(7);
    CHECK(state->map.get_or(i, 0) == i + 1);
  }
}
