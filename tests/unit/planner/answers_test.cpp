// SPDX-License-Identifier: Apache-2.0
// What Flink says of queries and statements: names and types of results, or that there is an error
// and where. How many are right, and never fewer than floors.txt says. PLANNER_FAILURES=FILE writes
// down the others.
#include <doctest/doctest.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>

#include "planner/plan.h"
#include "sql/parser.h"
#include "unit/planner/case_file.h"
#include "unit/planner/test_factories.h"

namespace flink::planner {
namespace {

const std::string data = PLANNER_TEST_DATA;

struct Answer {
  std::vector<std::string> lines;  // "name TAB type", or "!plan"
  std::string place;               // line:column of an error
  std::string what;
};

std::string line_of(const Column& column) {
  std::string type = column.type.summary();
  if (column.time == TimeAttribute::rowtime) type += " *ROWTIME*";
  if (column.time == TimeAttribute::proctime) type += " *PROCTIME*";
  return column.name + "\t" + type;
}

Answer failed(const std::string& text, sql::Range range, std::string what) {
  const auto place = sql::position_of(text, range.begin);
  return {
      {"!plan"}, std::to_string(place.line) + ":" + std::to_string(place.column), std::move(what)};
}

Answer run(const std::string& text, Session& session) {
  const auto script = sql::parse_script(text);
  for (const auto& error : script.errors) {
    if (error.kind != sql::SyntaxErrorKind::warning) return failed(text, error.range, error.what);
  }
  Answer out;
  try {
    for (const sql::Statement* statement : script.statements) {
      const Outcome outcome = plan_statement(*statement, text, session);
      if (outcome.kind != Outcome::Kind::query) continue;
      for (const Column& column : outcome.plan.roots[0]->columns) {
        out.lines.push_back(line_of(column));
      }
    }
  } catch (const PlanError& error) {
    return failed(text, error.errors.front().range, error.errors.front().what);
  }
  return out;
}

Answer answer_of(const Case& one, const std::map<std::string, std::string>& tables,
                 const std::string& mode) {
  Session session{test_factories()};
  session.options["execution.runtime-mode"] = mode == "batch" ? "BATCH" : "STREAMING";
  for (const std::string& table : one.tables) {
    const Answer made = run(tables.at(table), session);
    if (!made.lines.empty()) return {made.lines, "", "table " + table + ": " + made.what};
  }
  return run(one.statement, session);
}

std::string joined(const std::vector<std::string>& lines) {
  std::string out;
  for (const std::string& line : lines) out += (out.empty() ? "" : " | ") + line;
  return out;
}

class Count {
 public:
  explicit Count(std::string name) : name_(std::move(name)) {
    const char* path = std::getenv("PLANNER_FAILURES");
    failures_.open(path ? std::string{path} + "." + name_ : "/dev/null");
  }

  void add(bool right, const Case& one, const std::string& wanted, const Answer& got) {
    ++all_;
    right_ += right ? 1 : 0;
    if (right) return;
    failures_ << one.name << "  " << joined(one.words) << "\n    " << one.statement << "\n    want "
              << wanted << "\n    got  " << joined(got.lines) << "  " << got.place << "  "
              << got.what << "\n";
  }

  void check() const {
    std::ifstream in{data + "/floors.txt"};
    std::string name;
    int floor = 0;
    while (in >> name >> floor && name != name_) {
    }
    std::printf("%-10s %4d of %4d\n", name_.c_str(), right_, all_);
    CHECK(name == name_);
    CHECK_MESSAGE(right_ >= floor, name_);
  }

 private:
  std::string name_;
  std::ofstream failures_;
  int right_ = 0, all_ = 0;
};

TEST_CASE("queries have Flink's columns") {
  const auto tables = read_tables(data + "/tables.txt");
  Count count{"queries"};
  for (const Case& one : read_cases(data + "/queries.txt")) {
    for (const std::string& mode : one.words) {
      const Answer got = answer_of(one, tables, mode);
      count.add(got.lines == one.expected, one, joined(one.expected), got);
    }
  }
  count.check();
}

// Expected is a place, "plan" for an error anywhere, or "ok".
TEST_CASE("errors are where Flink has them") {
  const auto tables = read_tables(data + "/tables.txt");
  Count count{"errors"};
  for (const Case& one : read_cases(data + "/errors.txt")) {
    const Answer got = answer_of(one, tables, one.words.at(0));
    const bool error = !got.lines.empty() && got.lines[0] == "!plan";
    const std::string& wanted = one.expected.at(0);
    const bool right = wanted == "ok" ? !error : error && (wanted == "plan" || wanted == got.place);
    count.add(right, one, wanted, got);
  }
  count.check();
}

}  // namespace
}  // namespace flink::planner
