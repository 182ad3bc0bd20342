// SPDX-License-Identifier: Apache-2.0
// How operators bind, and what the nodes say.
#include "sql/parser.h"
#include "unit/sql/lines.h"
#include "unit/sql/tree_text.h"

namespace flink::sql {
namespace {

TEST_CASE("operators bind as in Flink") {
  struct Row {
    const char* text;
    const char* tree;
  };
  const Row rows[] = {
      {"1 + 2 * 3", "(+ 1 (* 2 3))"},
      {"1 - 2 - 3", "(- (- 1 2) 3)"},
      {"a || b * c || d", "(|| (* (|| `a` `b`) `c`) `d`)"},
      {"a || b || c", "(|| `a` `b` `c`)"},
      {"-a * b", "(* (- `a`) `b`)"},
      {"- - 1", "(- (- 1))"},
      {"a OR b AND c OR d", "(OR `a` (AND `b` `c`) `d`)"},
      {"(a AND b) AND c AND d", "(AND (AND `a` `b`) `c` `d`)"},
      {"NOT a = b AND c", "(AND (NOT (= `a` `b`)) `c`)"},
      {"NOT a IS NULL", "(NOT (is0 `a`))"},
      {"a = b IS NULL", "(is0 (= `a` `b`))"},
      {"a = b IN (1, 2)", "(= `a` (in `b` 1 2))"},
      {"a < b = c", "(= (< `a` `b`) `c`)"},
      {"a BETWEEN 1 + 2 AND 3 AND b", "(AND (between `a` (+ 1 2) 3) `b`)"},
      {"a NOT BETWEEN SYMMETRIC 1 AND 2", "(not-between-symmetric `a` 1 2)"},
      {"a LIKE b || 'x' ESCAPE '!' OR c", "(OR (like0 `a` (|| `b` 'x') '!') `c`)"},
      {"a IS DISTINCT FROM b + 1", "(binary11 `a` (+ `b` 1))"},
      {"a[1].b.c", "(.`c` (.`b` ([] `a` 1)))"},
      {"f(x).a", "(.`a` (`F`0 `x`))"},
      {"(a).b", "(.`b` `a`)"},
      {"CASE a WHEN 1, 2 THEN b END", "(case `a` 1 2 `b` -)"},
      {"a * (b + c)", "(* `a` (+ `b` `c`))"},
      {"a = -1", "(= `a` (- 1))"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.text);
    const auto tree = parse_expression(row.text);
    REQUIRE(tree.ok());
    CHECK(test::tree_text(*tree.root) == row.tree);
  }
}

TEST_CASE("ranges point into the text") {
  const std::string text = "a  +  f(b, 'c') * (d)";
  const auto tree = parse_expression(text);
  REQUIRE(tree.ok());
  CHECK(spelled(text, tree.root->range) == text);
  const auto& sum = as<Binary>(*tree.root);
  CHECK(spelled(text, sum.op_range) == "+");
  const auto& product = as<Binary>(*sum.right);
  CHECK(spelled(text, product.range) == "f(b, 'c') * (d)");
  const auto& call = as<Call>(*product.left);
  CHECK(spelled(text, call.range) == "f(b, 'c')");
  CHECK(spelled(text, call.arguments[1].value->range) == "'c'");
}

TEST_CASE("a script is a list of statements, each with its range") {
  const std::string text =
      "-- first\nSET 'a' = ';';; SELECT 1 /* ; */ ;\n"
      "EXECUTE STATEMENT SET BEGIN INSERT INTO t SELECT 1; INSERT INTO u SELECT 2; END;\n"
      "BEGIN STATEMENT SET; INSERT INTO t SELECT 1; END; SELECT `;`";
  const auto script = parse_script(text);
  CHECK(script.errors.empty());
  std::vector<std::string> spelled_out;
  for (const auto* const statement : script.statements) {
    spelled_out.emplace_back(spelled(text, statement->range));
  }
  CHECK(spelled_out ==
        std::vector<std::string>{
            "SET 'a' = ';'", "SELECT 1",
            "EXECUTE STATEMENT SET BEGIN INSERT INTO t SELECT 1; INSERT INTO u SELECT 2; END",
            "BEGIN STATEMENT SET", "INSERT INTO t SELECT 1", "END", "SELECT `;`"});
  std::vector<std::string> split;
  for (const auto& range : split_script(text)) split.emplace_back(spelled(text, range));
  CHECK(split == spelled_out);
  const std::string broken = "SELECT (; CASE END; SELECT 'x;";
  CHECK(split_script(broken).size() == 3);
  CHECK(parse_script("").statements.empty());
  CHECK(parse_script(" ; -- nothing").errors.empty());
}

TEST_CASE("hints count where they may stand; elsewhere one is a comment, with a warning") {
  const auto query = parse_query("SELECT /*+ A, B(x, 'y') */ 1 FROM t /*+ OPTIONS('k' = 'v') */ s");
  REQUIRE(query.ok());
  CHECK(query.errors.empty());
  const auto& select = as<Select>(*query.root->body);
  REQUIRE(select.hints.size() == 2);
  CHECK(select.hints[1].name.text == "B");
  CHECK(select.hints[1].options[0].name.text == "x");
  CHECK(select.hints[1].options[1].key.value == "y");
  const auto& table = as<TableReference>(*select.from);
  CHECK(table.alias.text == "s");
  CHECK(table.hints[0].options[0].value.value == "v");
  const auto elsewhere = parse_query("SELECT 1 /*+ A */ + 2");
  CHECK(elsewhere.ok());
  REQUIRE(elsewhere.errors.size() == 1);
  CHECK(elsewhere.errors[0].kind == SyntaxErrorKind::warning);
}

}  // namespace
}  // namespace flink::sql
