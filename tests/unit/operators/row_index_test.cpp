// SPDX-License-Identifier: Apache-2.0
// The index of rows against a list, with hashes that collide as much as they can.
#include <doctest/doctest.h>
#include <flink/detail/row_index.h>

#include <cstdint>
#include <vector>

#include "base/random.h"

namespace {

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
    for (std::size_t i = 0; i < rows.size(); i += 2) index.erase(rows[i].hash, &rows[i]);
    for (const Entry& wanted : rows) {
      const bool gone = wanted.key % 2 == 0;
      const auto is = [&](const void* row) {
        return static_cast<const Entry*>(row)->key == wanted.key;
      };
      CHECK((index.view().find(wanted.hash, is) == nullptr) == gone);
    }
  }
}

}  // namespace
