// SPDX-License-Identifier: Apache-2.0
// Fault plans and the comparison of outputs: pure functions.
#include <doctest/doctest.h>

#include <set>

#include "sim/fault_plan.h"
#include "sim/output_check.h"

namespace flink::sim {
namespace {

TEST_CASE("plans follow the seed, and every class of fault turns up") {
  std::set<FaultKind> kinds;
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    base::SeededRandom first{seed}, second{seed};
    const auto plan = draw_fault_plan(first, std::chrono::seconds(1));
    const auto again = draw_fault_plan(second, std::chrono::seconds(1));
    REQUIRE(plan.size() == again.size());
    CHECK(plan.size() >= 1);
    for (std::size_t i = 0; i < plan.size(); ++i) {
      CHECK(plan[i].kind == again[i].kind);
      CHECK(plan[i].after == again[i].after);
      CHECK(plan[i].duration == again[i].duration);
      CHECK(plan[i].draw == again[i].draw);
      CHECK(plan[i].after >= base::Duration{0});
      CHECK(plan[i].duration >= base::Duration{0});
      kinds.insert(plan[i].kind);
    }
  }
  CHECK(kinds.size() == fault_kinds);
  CHECK(describe({}) == "none");
  FaultCounts counts{};
  counts[0] = 2;
  counts[6] = 1;
  CHECK(describe(counts) == "2 x TaskManager killed, 1 x link stalled");
}

TEST_CASE("outputs are multisets of lines over all visible files") {
  const auto expected = read_output({{"/out/part-0", "a\nb\n"}, {"/out/part-1", "a\n"}});
  CHECK(expected.lines.size() == 3);
  CHECK_FALSE(difference(expected, read_output({{"/out/x", "a\na\nb"}, {"/out/.h", "z\n"}})));
  const struct {
    std::map<std::string, std::string> files;
    const char* difference;
  } rows[] = {
      {{{"/out/x", "a\nb\n"}},
       "the output differs from that of an undisturbed run (2 lines against 3): the line 'a' is "
       "there 1 times, not 2"},
      {{{"/out/x", "a\nb\na\nc\n"}},
       "the output differs from that of an undisturbed run (4 lines against 3): the line 'c' is "
       "there 1 times, not 0"},
      {{{"/out/x", "a\nb\na\n"}, {"/out/part-2.inprogress", ""}},
       "'/out/part-2.inprogress' is left behind"},
  };
  for (const auto& row : rows) {
    CHECK(difference(expected, read_output(row.files)).value_or("none") == row.difference);
  }
}

}  // namespace
}  // namespace flink::sim
