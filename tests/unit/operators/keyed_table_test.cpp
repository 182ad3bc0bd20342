// SPDX-License-Identifier: Apache-2.0
// The index and the table of rows against a map, with hashes that collide as much as they can.
#include <doctest/doctest.h>
#include <flink/detail/keyed_table.h>

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/random.h"

namespace {

using flink::detail::KeyedTable;
using flink::detail::RowIndex;

TEST_CASE("an index finds every row, whatever the hashes") {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    CAPTURE(seed);
    flink::base::SeededRandom random{seed};
    RowIndex index{8};
    struct Entry {
      std::uint64_t hash;
      std::uint64_t key;
    };
    std::vector<Entry> rows(random.below(33));  // more than full() would have it, still with room
    // Few different tags and buckets: rows must go on to the next bucket, and share tags.
    const std::uint64_t tags = 1 + random.below(4), homes = 1 + random.below(8);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      rows[i] = {(random.below(tags) << 56) | random.below(homes), i};
      index.insert(rows[i].hash, &rows[i]);
    }
    CHECK(index.size() == rows.size());
    for (const Entry& wanted : rows) {
      const auto is = [&](const void* row) {
        return static_cast<const Entry*>(row)->key == wanted.key;
      };
      CHECK(index.view().find(wanted.hash, is) == &wanted);
      const auto* likely = static_cast<const Entry*>(index.view().likely<true>(wanted.hash));
      REQUIRE(likely != nullptr);
      CHECK(index.view().likely<false>(wanted.hash) == likely);
    }
    const std::uint64_t absent = (std::uint64_t{200} << 56) | random.below(8);
    CHECK(index.view().find(absent, [](const void*) { return true; }) == nullptr);
    CHECK(index.view().likely<false>(absent) == nullptr);
  }
}

TEST_CASE("a table holds what was put into it while it grows") {
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    CAPTURE(seed);
    flink::base::SeededRandom random{seed};
    KeyedTable<std::string, std::int64_t> table;
    std::unordered_map<std::string, std::int64_t> expected;
    const std::uint64_t keys = 1 + random.below(5000);
    for (int i = 0; i < 10000; ++i) {
      const std::string key = "key-" + std::to_string(random.below(keys));
      const std::uint64_t hash = flink::key_hash(key);
      if (auto* row = table.find(hash, std::string_view{key})) {
        row->value += i;
      } else {
        table.insert(hash, key, i);
      }
      expected[key] += i;
    }
    CHECK(table.size() == expected.size());
    for (const auto& [key, value] : expected) {
      const std::uint64_t hash = flink::key_hash(key);
      auto* const row = table.find(hash, key);
      REQUIRE(row != nullptr);
      CHECK(row->value == value);
      KeyedTable<std::string, std::int64_t>::Row* likely = nullptr;
      table.likely_rows<false>(&hash, 1, &likely);
      CHECK(likely != nullptr);
    }
    const std::string none = "none";
    CHECK(table.find(flink::key_hash(none), none) == nullptr);
  }
}

}  // namespace
