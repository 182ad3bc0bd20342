// SPDX-License-Identifier: Apache-2.0
#include "base/text.h"

#include <doctest/doctest.h>

#include "base/ids.h"
#include "base/random.h"

namespace flink::base {
namespace {

TEST_CASE("hexadecimal digits") {
  std::string out = "0x";
  append_hex(out, std::string_view{"\x00\x7f\x80\xff", 4});
  CHECK(out == "0x007f80ff");
  CHECK(hex64(0) == "0000000000000000");
  CHECK(hex64(0xfedcba9876543210) == "fedcba9876543210");
  CHECK(hex128(0xfedcba9876543210, 1) == "fedcba98765432100000000000000001");
}

TEST_CASE("how far words are apart") {
  struct Row {
    std::string_view a, b;
    std::size_t distance;
  };
  const Row rows[] = {{"", "", 0},           {"", "abc", 3},       {"build", "build", 0},
                      {"biuld", "build", 1}, {"buil", "build", 1}, {"bbuild", "build", 1},
                      {"guild", "build", 1}, {"ca", "abc", 3},     {"kitten", "sitting", 3}};
  for (const Row& row : rows) {
    CAPTURE(row.a);
    CHECK(edit_distance(row.a, row.b) == row.distance);
    CHECK(edit_distance(row.b, row.a) == row.distance);
  }
}

// By the definition, without a table.
std::size_t slow_distance(std::string_view a, std::string_view b) {
  if (a.empty() || b.empty()) return a.size() + b.size();
  std::size_t best = slow_distance(a.substr(1), b.substr(1)) + (a[0] == b[0] ? 0 : 1);
  best = std::min({best, slow_distance(a.substr(1), b) + 1, slow_distance(a, b.substr(1)) + 1});
  if (a.size() > 1 && b.size() > 1 && a[0] == b[1] && a[1] == b[0]) {
    best = std::min(best, slow_distance(a.substr(2), b.substr(2)) + 1);
  }
  return best;
}

TEST_CASE("distances against the definition, and their limit") {
  const std::uint64_t seed = entropy_seed();
  CAPTURE(seed);
  SeededRandom random(seed);
  const auto word = [&] {
    std::string out(random.below(6), ' ');
    for (char& c : out) c = static_cast<char>('a' + random.below(3));
    return out;
  };
  for (int round = 0; round < 300; ++round) {
    const std::string a = word(), b = word();
    CAPTURE(a);
    CAPTURE(b);
    const auto expected = slow_distance(a, b);
    CHECK(edit_distance(a, b) == expected);
    const std::size_t limit = random.below(5);
    CHECK(edit_distance(a, b, limit) == std::min(expected, limit + 1));
  }
}

}  // namespace
}  // namespace flink::base
