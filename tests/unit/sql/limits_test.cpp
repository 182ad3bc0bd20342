// SPDX-License-Identifier: Apache-2.0
// Texts of an unkind size: a plain error or an answer, in time that grows with the length.
#include <doctest/doctest.h>

#include <ctime>

#include "sql/parser.h"
#include "sql/printer.h"

namespace flink::sql {
namespace {

std::string repeated(std::string_view text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += text;
  return out;
}

TEST_CASE("what is nested too deeply is an error") {
  const std::string texts[] = {
      repeated("(", 10'000) + "1" + repeated(")", 10'000),
      repeated("f(", 10'000),
      repeated("NOT ", 10'000) + "a",
      repeated("- ", 100'000) + "a",
      repeated("a[", 10'000),
      repeated("CASE WHEN a THEN ", 10'000),
      repeated("(SELECT ", 10'000),
      repeated("a = (", 10'000),
      repeated("ARRAY[", 10'000),
      "CAST(a AS " + repeated("ARRAY<", 10'000),
      "CAST(a AS INT " + repeated("ARRAY ", 10'000) + ")",
      "a" + repeated(" + a", 100'000),
      "a" + repeated("[1]", 100'000),
      "(a)" + repeated(".b", 100'000),
      "a" + repeated(" IS NULL", 100'000),
      repeated("a LIKE ", 10'000),
  };
  for (const auto& text : texts) {
    CAPTURE(text.substr(0, 30));
    const auto tree = parse_expression(text);
    REQUIRE(!tree.ok());
    CHECK(tree.errors.front().kind == SyntaxErrorKind::too_deep);
  }
  for (const auto& text : std::vector<std::string>{
           "SELECT * FROM " + repeated("(", 10'000) + "t",
           "SELECT * FROM t" + repeated(" JOIN t ON TRUE", 10'000),
           "SELECT 1 FROM t GROUP BY " + repeated("GROUPING SETS (", 10'000),
           "SELECT * FROM t MATCH_RECOGNIZE (PATTERN (" + repeated("(", 10'000),
           repeated("WITH a AS (", 10'000),
       }) {
    CAPTURE(text.substr(0, 60));
    const auto script = parse_script(text);
    REQUIRE(script.errors.size() == 1);
    CHECK(script.errors.front().kind == SyntaxErrorKind::too_deep);
  }
}

TEST_CASE("chains of one operator may be long") {
  for (const char* const op : {" AND a", " OR a", " || a"}) {
    const auto tree = parse_expression("a" + repeated(op, 100'000));
    REQUIRE(tree.ok());
    CHECK(as<Chain>(*tree.root).operands.size() == 100'001);
    CHECK(tree.root->depth == 2);
  }
  const auto query = parse_query("SELECT 1" + repeated(" UNION ALL SELECT 1", 10'000));
  REQUIRE(query.ok());
  CHECK(as<SetOperation>(*query.root->body).operands.size() == 10'001);
}

TEST_CASE("2,000 columns") {
  std::string table = "CREATE TABLE t (c0 INT";
  std::string select = "SELECT c0";
  for (int i = 1; i < 2000; ++i) {
    table += ", c" + std::to_string(i) + " DECIMAL(10, 2) NOT NULL COMMENT 'x'";
    select += ", c" + std::to_string(i) + " + 1 AS d" + std::to_string(i);
  }
  const auto script = parse_script(table + ");" + select + " FROM t");
  CHECK(script.errors.empty());
  REQUIRE(script.statements.size() == 2);
  CHECK(as<CreateTable>(*script.statements[0]).schema.columns.size() == 2000);
}

double seconds_of(const std::string& text, std::size_t statements, std::size_t errors) {
  const auto begin = std::clock();
  const auto script = parse_script(text);
  const auto taken = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
  CHECK(script.statements.size() == statements);
  CHECK(script.errors.size() == errors);
  return taken;
}

TEST_CASE("10 MB are read in a moment") {
  constexpr int rows = 500'000;
  constexpr double slow_machine_seconds = 60;  // of a sanitizer's build, too
  CHECK(seconds_of("INSERT INTO t VALUES (0, 'text', 1.5)" + repeated(", (1, 'text', 2.5)", rows),
                   1, 0) < slow_machine_seconds);
  CHECK(seconds_of("SELECT '" + repeated("0123456789", 1'000'000) + "'", 1, 0) <
        slow_machine_seconds);
  CHECK(seconds_of(repeated("SELECT 1;\n", 1'000'000), 1'000'000, 0) < slow_machine_seconds);
  CHECK(seconds_of(repeated("SELECT FROM t;\n", 700'000), 0, 100) < slow_machine_seconds);
  CHECK(seconds_of("SELECT " + repeated("f(x y) + ", 1'000'000), 0, 1) < slow_machine_seconds);
}

TEST_CASE("bytes that are no UTF-8 are an error where they are") {
  const auto script = parse_script("SELECT 1;\nSELECT 'a\xff'; SELECT 2");
  CHECK(script.statements.size() == 1);
  REQUIRE(script.errors.size() == 1);
  CHECK(script.errors[0].kind == SyntaxErrorKind::lexical);
  CHECK(script.errors[0].position == Position{2, 10});
}

}  // namespace
}  // namespace flink::sql
