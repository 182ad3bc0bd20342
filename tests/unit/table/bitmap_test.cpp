// SPDX-License-Identifier: Apache-2.0
// Roaring's format in its three forms of chunks, against sets of numbers.
#include <doctest/doctest.h>

#include <algorithm>
#include <set>

#include "table/fn/roaring.h"

namespace flink::table::fn {
namespace {

using Numbers = std::vector<std::uint32_t>;

// Many numbers in some chunks: sparse, dense, and in runs.
Numbers numbers_of(std::uint32_t seed) {
  Numbers out;
  std::uint32_t x = seed * 2654435761u + 1;
  const auto next = [&] { return x = x * 1664525u + 1013904223u; };
  for (std::uint32_t high = 0; high < 7; ++high) {
    const std::uint32_t base = (high * 9001u) << 16;
    const std::uint32_t kind = (seed + high) % 4;
    if (kind == 0) continue;
    for (int i = 0; i < (kind == 1 ? 50 : 9000); ++i) out.push_back(base | next() >> 16);
    if (kind != 3) continue;
    for (std::uint32_t i = 0; i < 65536; ++i) out.push_back(base | i);
  }
  return out;
}

TEST_CASE("a bitmap is the set of its numbers, through its bytes") {
  for (std::uint32_t seed = 0; seed < 8; ++seed) {
    const Numbers numbers = numbers_of(seed);
    const std::set<std::uint32_t> expected{numbers.begin(), numbers.end()};
    const Roaring set = Roaring::of(numbers);
    CHECK(set.count() == expected.size());
    const auto again = Roaring::read(set.bytes());
    REQUIRE(again);
    CHECK(again->numbers() == Numbers{expected.begin(), expected.end()});
    CHECK(again->bytes() == set.bytes());
    // What is cut off is not read as less.
    for (const std::size_t size : {std::size_t{0}, std::size_t{3}, set.bytes().size() - 1}) {
      CHECK_FALSE(Roaring::read(set.bytes().substr(0, size)));
    }
  }
}

TEST_CASE("bitmaps combine as sets do") {
  for (std::uint32_t seed = 0; seed < 4; ++seed) {
    const Numbers some = numbers_of(seed), others = numbers_of(seed + 1);
    const std::set<std::uint32_t> a{some.begin(), some.end()}, b{others.begin(), others.end()};
    const auto check = [&](Roaring::Set set, auto combine) {
      Numbers expected;
      combine(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(expected));
      const Roaring got = Roaring::combined(Roaring::of(some), Roaring::of(others), set);
      CHECK(got.numbers() == expected);
      CHECK(got.bytes() == Roaring::of(expected).bytes());
    };
    check(Roaring::Set::both, [](auto... x) { std::set_intersection(x...); });
    check(Roaring::Set::any, [](auto... x) { std::set_union(x...); });
    check(Roaring::Set::one, [](auto... x) { std::set_symmetric_difference(x...); });
    check(Roaring::Set::first_only, [](auto... x) { std::set_difference(x...); });
  }
}

TEST_CASE("the bytes are Roaring's") {
  using namespace std::string_literals;
  CHECK(Roaring::of({1, 2, 5}).bytes() ==
        "\x3a\x30\0\0\x01\0\0\0\0\0\x02\0\x10\0\0\0\x01\0\x02\0\x05\0"s);
  Numbers hundred(100);
  for (std::uint32_t i = 0; i < 100; ++i) hundred[i] = i;
  CHECK(Roaring::of(hundred).bytes() == "\x3b\x30\0\0\x01\0\0\x63\0\x01\0\0\0\x63\0"s);
  CHECK(Roaring{}.bytes() == "\x3a\x30\0\0\0\0\0\0"s);
  CHECK_FALSE(Roaring::read("no bitmap at all"));
}

}  // namespace
}  // namespace flink::table::fn
