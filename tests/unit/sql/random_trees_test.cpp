// SPDX-License-Identifier: Apache-2.0
// What is printed of any tree reads as that tree.
#include "unit/sql/random_trees.h"

#include <doctest/doctest.h>

#include "sql/parser.h"
#include "sql/printer.h"
#include "unit/sql/tree_text.h"
#include "unit/test_seed.h"

namespace flink::sql {
namespace {

TEST_CASE("a printed tree reads as the same tree") {
  const auto seed = flink::test::seed_or(base::entropy_seed());
  CAPTURE(seed);
  base::SeededRandom seeds(seed);
  for (int round = 0; round < 3'000; ++round) {
    CAPTURE(round);
    Arena arena;
    test::RandomTrees trees(seeds.next(), arena);
    const Node tree = trees.expression(4);
    const auto printed = print(*tree);
    CAPTURE(printed);
    const auto again = parse_expression(printed);
    REQUIRE_MESSAGE(again.ok(), render(again.errors.front(), printed, ""));
    REQUIRE(test::tree_text(*again.root) == test::tree_text(*tree));
    REQUIRE(print(*again.root) == printed);
  }
}

// Bytes and words thrown together: no crash, and what is accepted survives printing.
TEST_CASE("any sequence of tokens is a tree or an error") {
  const auto seed = flink::test::seed_or(base::entropy_seed());
  CAPTURE(seed);
  base::SeededRandom random(seed);
  constexpr std::string_view words[] = {
      "a",      "b",       "f(",           "(",        ")",     ",",     ".",        "*",
      "1",      "'x'",     "AND",          "NOT",      "IN",    "IS",    "NULL",     "SELECT",
      "FROM",   "WHERE",   "GROUP",        "BY",       "ORDER", "CASE",  "WHEN",     "THEN",
      "END",    "CAST(",   "AS",           "INT",      "[",     "]",     "=",        "-",
      "||",     "BETWEEN", "LIKE",         "OVER",     "JOIN",  "ON",    ";",        "VALUES",
      "UNION",  "ROW",     "ARRAY",        "INTERVAL", "DAY",   "TO",    "/*+ h */", "`q`",
      "WITH",   "TABLE",   "JSON_OBJECT(", "KEY",      "VALUE", "TRIM(", "BOTH",     "EXTRACT(",
      "INSERT", "INTO",    "SET",          "<>"};
  for (int round = 0; round < 20'000; ++round) {
    std::string text;
    const auto count = random.below(24);
    for (std::uint64_t i = 0; i < count; ++i) {
      text += words[random.below(std::size(words))];
      text += ' ';
    }
    CAPTURE(text);
    const auto script = parse_script(text);
    for (const auto* const statement : script.statements) {
      const auto printed = print(*statement);
      CAPTURE(printed);
      const auto again = parse_script(printed);
      REQUIRE(again.statements.size() == 1);
      REQUIRE(print(*again.statements[0]) == printed);
    }
    REQUIRE(script.statements.size() + script.errors.size() <= count + 1);
    for (const auto& error : script.errors) REQUIRE(!render(error, text, "").empty());
  }
}

}  // namespace
}  // namespace flink::sql
