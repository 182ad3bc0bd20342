// SPDX-License-Identifier: Apache-2.0
// What stands in FROM: tables, sub-queries, functions, joins.
#include "sql/parser_core.h"

namespace flink::sql {

const Relation* ParserCore::relation() {
  const auto begin = token().range;
  const Relation* left = table_factor();
  while (true) {
    const Relation* const wider = joined(left, begin);
    if (wider == nullptr) return left;
    left = wider;
  }
}

// left and the next join to its right; nothing if there is none.
const Relation* ParserCore::joined(const Relation* left, Range begin) {
  Join out;
  if (accept(TokenKind::comma)) {
    out.join = JoinKind::comma;
  } else {
    out.natural = accept("NATURAL");
    if (accept("LEFT")) out.join = JoinKind::left;
    else if (accept("RIGHT")) out.join = JoinKind::right;
    else if (accept("FULL")) out.join = JoinKind::full;
    else if (accept("CROSS")) out.join = JoinKind::cross;
    else if (!accept("INNER") && !out.natural && !at("JOIN")) return nullptr;
    const bool outer =
        out.join == JoinKind::left || out.join == JoinKind::right || out.join == JoinKind::full;
    if (outer) accept("OUTER");
    expect("JOIN");
  }
  out.left = left;
  out.right = table_factor();
  if (out.join != JoinKind::comma && out.join != JoinKind::cross) {
    if (accept("ON")) out.condition = expression();
    else if (accept("USING")) out.using_columns = name_list();
  }
  const int depth = 1 + std::max(left->depth, out.right->depth);
  if (depth > expression_depth_max) fail_too_deep();
  out.depth = static_cast<std::uint16_t>(depth);
  out.range = from(begin);
  return arena_.make(out);
}

const Relation* ParserCore::table_factor() {
  const Level level(*this);
  const auto begin = token().range;
  const bool lateral = accept("LATERAL");
  if (sees("UNNEST")) return unnest(lateral, begin);
  if (sees("TABLE")) return wrapped_function(lateral, begin);
  if (sees(TokenKind::left_parenthesis)) return derived(lateral, begin);
  if (lateral && !sees_name()) fail_expecting("TABLE");
  if (!sees_name()) fail_expecting("a table");
  const auto table = path();
  if (sees(TokenKind::left_parenthesis)) {
    TableFunction out;
    out.lateral = lateral;
    out.call = plain_call(table, begin);
    return aliased(out, begin);
  }
  TableReference out;
  out.name = table;
  out.hints = hints();
  if (accept("FOR")) out.system_time = system_time();
  return matched(aliased(out, begin), begin);
}

// Versions of a table by a time of the row; by a constant it would be travel in time.
Node ParserCore::system_time() {
  expect("SYSTEM_TIME");
  expect("AS");
  expect("OF");
  const Node time = expression();
  if (time->kind == ExpressionKind::literal) {
    fail_with(SyntaxErrorKind::refused, time->range,
              "time travel (FOR SYSTEM_TIME AS OF a constant) is not supported by flinkc",
              "name a time column of the joined row");
  }
  return time;
}

void ParserCore::refuse_table_clause() {
  for (const std::string_view word : {"PIVOT", "UNPIVOT", "TABLESAMPLE"}) {
    if (sees(word)) {
      fail_with(SyntaxErrorKind::refused, token().range,
                detail::concat(word, " is not supported by flinkc"));
    }
  }
}

const Relation* ParserCore::unnest(bool lateral, Range begin) {
  Unnest out;
  out.lateral = lateral;
  expect("UNNEST");
  expect(TokenKind::left_parenthesis);
  out.collections = list(expressions_until(TokenKind::end));
  expect(TokenKind::right_parenthesis);
  if (accept("WITH")) {
    expect("ORDINALITY");
    out.with_ordinality = true;
  }
  return aliased(out, begin);
}

// TABLE(f(x))
const Relation* ParserCore::wrapped_function(bool lateral, Range begin) {
  TableFunction out;
  out.lateral = lateral;
  out.wrapped = true;
  expect("TABLE");
  expect(TokenKind::left_parenthesis);
  const auto call_begin = token().range;
  const auto name = path();
  if (!sees(TokenKind::left_parenthesis)) fail_expecting("(");
  out.call = plain_call(name, call_begin);
  expect(TokenKind::right_parenthesis);
  return aliased(out, begin);
}

// (query), or a join in parentheses
const Relation* ParserCore::derived(bool lateral, Range begin) {
  advance();
  if (!lateral && !sees_query_start() && !starts_nested_query()) {
    const Relation* const inner = relation();
    expect(TokenKind::right_parenthesis);
    return inner;
  }
  DerivedTable out;
  out.lateral = lateral;
  out.query = query();
  expect(TokenKind::right_parenthesis);
  if (accept("FOR")) out.system_time = system_time();
  return matched(aliased(out, begin), begin);
}

// Whether the parentheses at hand have a query in them: ((SELECT 1) UNION ...).
bool ParserCore::starts_nested_query() const {
  std::size_t ahead = 0;
  while (sees(TokenKind::left_parenthesis, ahead)) ++ahead;
  return ahead > 0 && sees_query_start(ahead);
}

}  // namespace flink::sql
