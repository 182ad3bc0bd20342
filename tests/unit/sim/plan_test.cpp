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
    const base::Duration run = std::chrono::seconds(seed);
    const auto rates = draw_fault_rates(first, run);
    const auto plan = draw_fault_plan(first, rates);
    const auto again = draw_fault_plan(second, draw_fault_rates(second, run));
    REQUIRE(plan.size() == again.size());
    CHECK(plan.size() >= 1);
    for (std::size_t i = 0; i < plan.size(); ++i) {
      CHECK(plan[i].kind == again[i].kind);
      CHECK(plan[i].after == again[i].after);
      CHECK(plan[i].duration == again[i].duration);
      CHECK(plan[i].draw == again[i].draw);
      CHECK(plan[i].after >= base::Duration{0});
      CHECK(plan[i].duration >= base::Duration{0});
      CHECK(rates.weights[static_cast<std::size_t>(plan[i].kind)] > 0);
      kinds.insert(plan[i].kind);
    }
  }
  CHECK(kinds.size() == fault_kinds);
  CHECK(describe(FaultCounts{}) == "none");
  FaultCounts counts{};
  counts[static_cast<std::size_t>(FaultKind::kill)] = 2;
  counts[static_cast<std::size_t>(FaultKind::stall)] = 1;
  CHECK(describe(counts) == "2 x TaskManager killed, 1 x link stalled");
  FaultRates rates;
  rates.gap = std::chrono::milliseconds(1500);
  rates.span = std::chrono::seconds(60);
  rates.weights[static_cast<std::size_t>(FaultKind::kill)] = 3;
  rates.weights[static_cast<std::size_t>(FaultKind::cut)] = 1;
  CHECK(describe(rates) ==
        "one every 1.500 s or so for 60.000 s: TaskManager killed 75 %, connection cut 25 %");
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

TEST_CASE("what a job must not leave where its checkpoints were") {
  std::map<std::string, std::string> files{
      {"/out/x", "a"}, {"/chk/job/ha/result-7", "FINISHED"}, {"/chk/job/ha/epoch-7", ""}};
  CHECK_FALSE(left_of_checkpoints(files, "/chk/"));
  files["/chk/job/ha/epoch-6"] = "";
  CHECK(left_of_checkpoints(files, "/chk/").value().starts_with("'/chk/job/ha/epoch-6' is left"));
  files.erase("/chk/job/ha/epoch-6");
  files["/chk/job/shared/a.run"] = "";
  CHECK(left_of_checkpoints(files, "/chk/").value() ==
        "'/chk/job/shared/a.run' is left behind, though nothing needs it any more");
}

}  // namespace
}  // namespace flink::sim
