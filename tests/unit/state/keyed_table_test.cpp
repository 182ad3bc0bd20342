// SPDX-License-Identifier: Apache-2.0
// KeyedTable against a map, with room for all rows and for few.
#include <doctest/doctest.h>
#include <flink/state/keyed_table.h>

#include <unordered_map>

#include "base/random.h"
#include "unit/state/engine_support.h"

using namespace flink;

TEST_CASE("a table holds what was put into it while it grows and shrinks") {
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    CAPTURE(seed);
    base::SeededRandom random{seed};
    test::World world;
    const std::size_t room = seed % 2 == 0 ? 0 : 150'000;
    const auto backend = state::make_keyed_state_backend(world.setup("lmdb", room, {0, 127}));
    flink::detail::KeyedTable<std::string, std::int64_t> table;
    table.bind(*backend, "_op_state");
    std::unordered_map<std::string, std::int64_t> expected;
    const std::uint64_t keys = 1 + random.below(5000);
    const auto add = [&](const std::string& key, std::int64_t more) {
      const std::uint64_t hash = key_hash(key);
      state::Row* likely = nullptr;
      table.likely_rows<false>(&hash, 1, &likely);
      const std::string_view lookup{key};
      std::int64_t* value = table.change(likely, lookup, table.epoch());
      if (value == nullptr) value = table.find_and_change(hash, lookup);
      if (value == nullptr) return table.insert(more);
      return *value += more;
    };
    for (int i = 0; i < 10000; ++i) {
      if (i % 64 == 0) {
        table.settle();
        backend->work(std::chrono::microseconds{100});
        world.helpers.run_all();
      }
      const std::string key = "key-" + std::to_string(random.below(keys));
      expected[key] += i;
      CHECK(add(key, i) == expected[key]);
    }
    for (const auto& [key, value] : expected) CHECK(add(key, 0) == value);
    if (room == 0) CHECK(table.size() == expected.size());
  }
}
