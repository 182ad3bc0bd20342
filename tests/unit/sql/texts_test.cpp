// SPDX-License-Identifier: Apache-2.0
// Every text of the data is read; what is printed of its tree has the same words and symbols, and
// reads as the same tree.
#include <algorithm>
#include <set>

#include "sql/lexer.h"
#include "sql/parser.h"
#include "sql/printer.h"
#include "unit/sql/lines.h"
#include "unit/sql/tree_text.h"

namespace flink::sql {
namespace {

using test::lines;

// Words that the printed form adds or leaves out, and words it spells otherwise.
const std::set<std::string> noise = {"(",          ")",
                                     "AS",         "ASC",
                                     "ALL",        "OUTER",
                                     "INNER",      "ROW",
                                     "ROWS",       "FETCH",
                                     "NEXT",       "FIRST",
                                     "ONLY",       "LIMIT",
                                     "TABLE",      "KEY",
                                     "BOTH",       "FROM",
                                     ",",          "FOR",
                                     "BY",         "DISTINCT",
                                     "ARRAY",      "VALUE",
                                     "+",          "UNCONDITIONAL",
                                     "ASYMMETRIC", "LATERAL",
                                     "SCALAR",     "LAST"};

std::string same_word(std::string word) {
  std::transform(word.begin(), word.end(), word.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  if (word == "INT") return "INTEGER";
  if (word == "ANY") return "SOME";
  if (word == "DEC" || word == "NUMERIC") return "DECIMAL";
  if (word == "CEILING") return "CEIL";
  if (word == "DESC") return "DESCRIBE";
  for (const std::string unit : {"YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND", "WEEK"}) {
    if (word == unit + "S") return unit;
  }
  return word;
}

// What a text says, in order of spelling: the printer moves some clauses.
std::multiset<std::string> words(const std::string& source) {
  std::multiset<std::string> out;
  Arena arena;
  std::vector<Complaint> complaints;
  const auto lexed = tokenize(source);
  const auto add = [&](const Token& token) {
    if (token.kind == TokenKind::end || token.kind == TokenKind::semicolon) return;
    const bool quoted = token.kind == TokenKind::quoted_name ||
                        (token.kind >= TokenKind::text && token.kind <= TokenKind::bytes);
    const std::string text{quoted ? decoded(source, token, arena, complaints)
                                  : spelled(source, token.range)};
    const auto word = same_word(text);
    if (!noise.contains(word)) out.insert(word);
  };
  for (const auto& token : lexed.tokens) add(token);
  for (const auto& hint : lexed.hints) {
    for (const auto& token : hint.tokens) add(token);
  }
  return out;
}

std::string difference(const std::multiset<std::string>& a, const std::multiset<std::string>& b) {
  std::string out;
  for (const auto& word : a) {
    if (a.count(word) != b.count(word)) out += word + " ";
  }
  return out;
}

// The texts whose literals are spelled otherwise when printed.
bool spelled_otherwise(const std::string& text) {
  for (const char* const mark :
       {"UESCAPE", "uescape", "DECIMAL '", "decimal '", "\n   '", ":", "varying"}) {
    if (text.find(mark) != std::string::npos) return true;
  }
  return false;
}

TEST_CASE("expressions") {
  for (const auto& text : lines("expressions.txt")) {
    CAPTURE(text);
    const auto tree = parse_expression(text);
    REQUIRE_MESSAGE(tree.ok(), (tree.errors.empty() ? "" : tree.errors.front().what));
    const auto printed = print(*tree.root);
    CAPTURE(printed);
    const auto again = parse_expression(printed);
    REQUIRE(again.ok());
    CHECK(print(*again.root) == printed);
    CHECK(test::tree_text(*again.root) == test::tree_text(*tree.root));
    if (spelled_otherwise(text)) continue;
    CHECK(difference(words(text), words(printed)) == "");
    CHECK(difference(words(printed), words(text)) == "");
  }
}

void check_statement(const std::string& text) {
  CAPTURE(text);
  const auto script = parse_script(text);
  REQUIRE_MESSAGE(script.errors.empty(), script.errors.front().what);
  for (const auto* const statement : script.statements) {
    const auto printed = print(*statement);
    CAPTURE(printed);
    const auto again = parse_script(printed);
    REQUIRE(again.errors.empty());
    REQUIRE(again.statements.size() == 1);
    CHECK(print(*again.statements[0]) == printed);
    if (spelled_otherwise(text) || script.statements.size() > 1) continue;
    CHECK(difference(words(text), words(printed)) == "");
    CHECK(difference(words(printed), words(text)) == "");
  }
}

TEST_CASE("statements") {
  for (const auto& text : lines("statements.txt")) check_statement(text);
}

TEST_CASE("every form of statement, and what is printed of it") {
  const auto pairs = lines("printed.txt");
  REQUIRE(pairs.size() % 2 == 0);
  for (std::size_t i = 0; i < pairs.size(); i += 2) {
    check_statement(pairs[i]);
    CAPTURE(pairs[i]);
    const auto script = parse_script(pairs[i]);
    REQUIRE(script.statements.size() == 1);
    CHECK(print(*script.statements[0]) == pairs[i + 1].substr(2));
  }
}

}  // namespace
}  // namespace flink::sql
