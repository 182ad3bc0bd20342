// SPDX-License-Identifier: Apache-2.0
// Which kinds of rows a query gives, by those of its sources.
#include <doctest/doctest.h>

#include "planner/plan.h"
#include "sql/parser.h"
#include "unit/planner/case_file.h"
#include "unit/planner/test_factories.h"

namespace flink::planner {
namespace {

const std::string data = PLANNER_TEST_DATA;

std::string changelog_after(const std::string& text, Session& session) {
  const auto script = sql::parse_script(text);
  REQUIRE(script.errors.empty());
  std::string out;
  for (const sql::Statement* statement : script.statements) {
    try {
      const Outcome outcome = plan_statement(*statement, text, session);
      if (!outcome.plan.roots.empty()) out = changelog_text(outcome.plan.roots[0]->changelog);
    } catch (const PlanError& error) {
      return "!" + error.errors.front().what;
    }
  }
  return out;
}

TEST_CASE("changelogs follow from the nodes") {
  const auto tables = read_tables(data + "/changelog_tables.txt");
  for (const Case& one : read_cases(data + "/changelog.txt")) {
    Session session{test_factories()};
    for (const auto& [name, table] : tables) CHECK(changelog_after(table, session) == "");
    const std::string got = changelog_after(one.statement, session);
    CHECK_MESSAGE(got.rfind(one.expected.at(0), 0) == 0, one.name << ": " << got);
  }
}

}  // namespace
}  // namespace flink::planner
