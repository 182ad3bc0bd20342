// SPDX-License-Identifier: Apache-2.0
// The index of rows against a list, with hashes that collide as much as they can.
#include <doctest/doctest.h>
#include <flink/state/row_index.h>

#include <cstdint>
#include <vector>

#include "base/random.h"

namespace {

using flink::detail::RowChunks;
using flink::detail::RowIndex;

TEST_CASE("an index finds every row, whatever the hashes") {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    CAPTURE(seed);
    flink::base::SeededRandom random{seed};
    struct Entry {
      std::uint64_t hash;
      std::uint64_t key;
    };
    RowChunks chunks{sizeof(Entry)};
    RowIndex index{4, chunks};
    std::vector<Entry*> rows(random.below(41));  // more than full() would have it, still with room
    // Few different tags and buckets: rows must go on to the next bucket, and share tags.
    const std::uint64_t tags = 1 + random.below(4), homes = 1 + random.below(4);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const std::uint32_t id = chunks.add();
      rows[i] = reinterpret_cast<Entry*>(chunks.at(id));
      *rows[i] = {(random.below(tags) << 57) | random.below(homes), i};
      index.insert(rows[i]->hash, id);
    }
    CHECK(index.size() == rows.size());
    for (const Entry* wanted : rows) {
      const auto is = [&](const void* row) {
        return static_cast<const Entry*>(row)->key == wanted->key;
      };
      CHECK(index.view().find(wanted->hash, is) == wanted);
      const auto* likely = static_cast<const Entry*>(index.view().likely<true>(wanted->hash));
      REQUIRE(likely != nullptr);
      CHECK(index.view().likely<false>(wanted->hash) == likely);
    }
    const std::uint64_t absent = (std::uint64_t{200} << 56) | random.below(4);
    CHECK(index.view().find(absent, [](const void*) { return true; }) == nullptr);
    CHECK(index.view().likely<false>(absent) == nullptr);
    for (std::size_t i = 0; i < rows.size(); i += 2) index.erase(rows[i]->hash, rows[i]);
    for (const Entry* wanted : rows) {
      const bool gone = wanted->key % 2 == 0;
      const auto is = [&](const void* row) {
        return static_cast<const Entry*>(row)->key == wanted->key;
      };
      CHECK((index.view().find(wanted->hash, is) == nullptr) == gone);
    }
  }
}

TEST_CASE("rows of any size have ids, zeroed memory and places that do not move") {
  for (const std::size_t row_bytes : {8, 24, 64, 72, 4096, 100'000, 3'000'000, 5'000'000}) {
    CAPTURE(row_bytes);
    RowChunks chunks{row_bytes};
    std::vector<std::uint64_t*> places;
    const std::size_t rows = row_bytes <= 72 ? 600'000 : 12;  // several chunks of small rows
    for (std::size_t i = 0; i < rows; ++i) {
      const std::uint32_t id = chunks.add();
      REQUIRE(id == chunks.id_of(i));
      places.push_back(reinterpret_cast<std::uint64_t*>(chunks.at(id)));
      REQUIRE(places.back()[0] == 0);
      REQUIRE(places.back()[row_bytes / 8 - 1] == 0);
      places.back()[row_bytes / 8 - 1] = i + 1;
    }
    for (std::size_t i = 0; i < rows; ++i) {
      if (reinterpret_cast<std::uint64_t*>(chunks.at(chunks.id_of(i))) != places[i]) FAIL(i);
      if (places[i][row_bytes / 8 - 1] != i + 1) FAIL(i);
    }
  }
}

}  // namespace
