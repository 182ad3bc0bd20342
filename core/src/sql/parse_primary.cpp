// SPDX-License-Identifier: Apache-2.0
// What stands between operators: parentheses, names, CASE, CAST, constructors.
#include "sql/parser_core.h"

namespace flink::sql {
namespace {

// Reserved words that are functions all the same.
constexpr std::string_view callable_words[] = {
    "ABS",
    "AVG",
    "CARDINALITY",
    "CHAR",
    "CHARACTER_LENGTH",
    "CHAR_LENGTH",
    "CLASSIFIER",
    "COALESCE",
    "COLLECT",
    "COUNT",
    "COVAR_POP",
    "COVAR_SAMP",
    "CUME_DIST",
    "CURRENT_DATE",
    "CURRENT_TIME",
    "DATE",
    "DATETIME",
    "DENSE_RANK",
    "ELEMENT",
    "EVERY",
    "EXP",
    "FIRST_VALUE",
    "FUSION",
    "GROUPING",
    "HOUR",
    "INTERSECTION",
    "LAG",
    "LAST_VALUE",
    "LEAD",
    "LEFT",
    "LN",
    "LOCALTIME",
    "LOCALTIMESTAMP",
    "LOWER",
    "MATCH_NUMBER",
    "MAX",
    "MIN",
    "MINUTE",
    "MOD",
    "MONTH",
    "NEXT",
    "NTH_VALUE",
    "NTILE",
    "NULLIF",
    "OCTET_LENGTH",
    "PERCENTILE_CONT",
    "PERCENTILE_DISC",
    "PERCENT_RANK",
    "POWER",
    "PREV",
    "RANK",
    "REGR_COUNT",
    "REGR_SXX",
    "REGR_SYY",
    "RIGHT",
    "ROW_NUMBER",
    "SECOND",
    "SOME",
    "SQRT",
    "STDDEV_POP",
    "STDDEV_SAMP",
    "SUM",
    "TIME",
    "TIMESTAMP",
    "TRUNCATE",
    "UPPER",
    "USER",
    "VAR_POP",
    "VAR_SAMP",
    "YEAR",
    "CURRENT_TIMESTAMP",
};

// Values without parentheses.
constexpr std::string_view bare_words[] = {
    "CURRENT_CATALOG",
    "CURRENT_DATE",
    "CURRENT_DEFAULT_TRANSFORM_GROUP",
    "CURRENT_PATH",
    "CURRENT_ROLE",
    "CURRENT_SCHEMA",
    "CURRENT_TIME",
    "CURRENT_TIMESTAMP",
    "CURRENT_USER",
    "LOCALTIME",
    "LOCALTIMESTAMP",
    "SESSION_USER",
    "SYSTEM_USER",
    "USER",
};

template <std::size_t N>
bool any_of(const std::string_view (&words)[N], std::string_view word) {
  for (const auto known : words) {
    if (is_word(word, known)) return true;
  }
  return false;
}

}  // namespace

Node ParserCore::primary() {
  switch (token().kind) {
    case TokenKind::integer:
    case TokenKind::decimal:
    case TokenKind::approximate:
      return number_literal();
    case TokenKind::text:
    case TokenKind::unicode_text:
    case TokenKind::escaped_text:
    case TokenKind::charset_text:
    case TokenKind::bytes:
      return text_literal();
    case TokenKind::left_parenthesis:
      return parenthesized();
    case TokenKind::quoted_name:
      return name_or_call();
    case TokenKind::word:
      return word_primary();
    case TokenKind::question:
      fail_with(SyntaxErrorKind::refused, token().range, "parameters (?) are not supported",
                "write the value itself");
    default:
      fail_expecting("an expression");
  }
}

Node ParserCore::word_primary() {
  if (token().word_class == WordClass::name) return name_or_call();
  if (const Node node = keyword_primary()) return node;
  const auto begin = token().range;
  if (sees(TokenKind::left_parenthesis, 1)) {
    if (const Node node = special_call()) return node;
    if (any_of(callable_words, spelled(token()))) {
      const std::vector<Name> word{{spelled(token()), begin, false}};
      advance();
      return call(list(word), begin);
    }
  }
  if (any_of(bare_words, spelled(token()))) {
    Call node;
    node.form = CallForm::bare;
    node.name = list(std::vector<Name>{{spelled(token()), begin, false}});
    advance();
    return finish(node, begin);
  }
  if (token().word_class == WordClass::reserved) fail_expecting("an expression");
  return name_or_call();
}

// Forms that begin with a keyword of their own, and are no calls; nothing if none does.
Node ParserCore::keyword_primary() {
  const auto begin = token().range;
  if (sees("NULL")) return advance(), finish(Literal{}, begin);
  if (sees("TRUE")) return literal(LiteralKind::boolean, "TRUE");
  if (sees("FALSE")) return literal(LiteralKind::boolean, "FALSE");
  if (sees("UNKNOWN")) return literal(LiteralKind::unknown, "UNKNOWN");
  if (sees("CASE")) return case_expression();
  if (sees("CAST") || sees("TRY_CAST")) return cast();
  if (sees("INTERVAL")) return interval();
  if (const Node node = typed_literal()) return node;
  // FINAL LAST(A.price) of MATCH_RECOGNIZE
  if ((sees("FINAL") || sees("RUNNING")) && sees(TokenKind::word, 1) &&
      (sees(TokenKind::left_parenthesis, 2) || sees(TokenKind::dot, 2))) {
    const bool final = sees("FINAL");
    advance();
    return special(final ? "FINAL" : "RUNNING", begin, {operand()});
  }
  if (sees("EXISTS")) return advance(), sub_query_in_parentheses(SubQueryKind::exists, begin);
  if (sees("UNIQUE")) return advance(), sub_query_in_parentheses(SubQueryKind::unique, begin);
  const bool bracket = sees(TokenKind::left_bracket, 1);
  const bool parenthesis = sees(TokenKind::left_parenthesis, 1);
  if (sees("ARRAY") && bracket) return constructor(ConstructorKind::array, SubQueryKind::array);
  if (sees("MAP") && bracket) return constructor(ConstructorKind::map, SubQueryKind::map);
  if (sees("MULTISET")) return constructor(ConstructorKind::multiset, SubQueryKind::multiset);
  if (!parenthesis) return nullptr;
  if (sees("ARRAY")) return constructor(ConstructorKind::array_function, SubQueryKind::array);
  if (sees("MAP")) return constructor(ConstructorKind::map_function, SubQueryKind::map);
  if (sees("ROW")) return constructor(ConstructorKind::row, SubQueryKind::scalar);
  if (sees("PERIOD")) return constructor(ConstructorKind::period, SubQueryKind::scalar);
  return nullptr;
}

Node ParserCore::name_or_call() {
  const auto begin = token().range;
  const auto name = path();
  if (sees(TokenKind::left_parenthesis)) return call(name, begin);
  if (sees(TokenKind::dot) && sees(TokenKind::star, 1)) {
    advance();
    advance();
    Star node;
    node.qualifier = name;
    return finish(node, from(begin));
  }
  NameReference node;
  node.path = name;
  return finish(node, from(begin));
}

bool ParserCore::sees_query_start(std::size_t ahead) const {
  return sees("SELECT", ahead) || sees("WITH", ahead) || sees("VALUES", ahead) ||
         (sees("TABLE", ahead) && !sees(TokenKind::left_parenthesis, ahead + 1));
}

bool ParserCore::sees_set_operator() const {
  return sees("UNION") || sees("INTERSECT") || sees("EXCEPT") || sees("ORDER") || sees("LIMIT") ||
         sees("OFFSET") || sees("FETCH");
}

Node ParserCore::sub_query_in_parentheses(SubQueryKind kind, Range begin) {
  SubQuery node;
  node.sub_query = kind;
  expect(TokenKind::left_parenthesis);
  operator_at_ = no_operator;
  node.query = query();
  expect(TokenKind::right_parenthesis);
  return finish(node, from(begin));
}

// (a), (a, b), (SELECT ...), ((SELECT ...) UNION ...)
Node ParserCore::parenthesized() {
  const auto begin = token().range;
  if (sees_query_start(1)) return sub_query_in_parentheses(SubQueryKind::scalar, begin);
  advance();
  std::vector<Node> items{expression()};
  const auto* const inner = try_as<SubQuery>(items.front());
  if (inner != nullptr && inner->sub_query == SubQueryKind::scalar && sees_set_operator()) {
    SubQuery node;
    node.query = query_after(inner->query, inner->range);
    expect(TokenKind::right_parenthesis);
    return finish(node, from(begin));
  }
  while (accept(TokenKind::comma)) items.push_back(expression());
  expect(TokenKind::right_parenthesis);
  const auto* const difference = try_as<Binary>(items.front());
  if (items.size() == 1 && difference != nullptr && difference->op == BinaryOperator::minus &&
      sees_interval_unit()) {
    IntervalBetween node;
    node.left = difference->left;
    node.right = difference->right;
    node.qualifier = interval_qualifier(false);
    return finish(node, from(begin), difference->depth);
  }
  if (items.size() == 1) return items.front();
  Constructor node;
  node.constructor = ConstructorKind::tuple;
  node.elements = list(items);
  return finish(node, from(begin), depth_of(node.elements));
}

Node ParserCore::case_expression() {
  const auto begin = token().range;
  advance();
  operator_at_ = no_operator;
  Case node;
  if (!at("WHEN")) node.operand = expression();
  std::vector<When> whens;
  int depth = depth_of(node.operand);
  while (accept("WHEN")) {
    std::vector<Node> values{expression()};
    while (node.operand != nullptr && accept(TokenKind::comma)) values.push_back(expression());
    expect("THEN");
    whens.push_back({list(values), expression()});
    depth = std::max({depth, depth_of(whens.back().values), depth_of(whens.back().then)});
  }
  if (whens.empty()) fail();
  if (accept("ELSE")) node.otherwise = expression();
  expect("END");
  node.whens = list(whens);
  return finish(node, from(begin), std::max(depth, depth_of(node.otherwise)));
}

Node ParserCore::cast() {
  const auto begin = token().range;
  Cast node;
  node.try_ = sees("TRY_CAST");
  advance();
  expect(TokenKind::left_parenthesis);
  node.operand = expression();
  expect("AS");
  node.type = data_type();
  expect(TokenKind::right_parenthesis);
  return finish(node, from(begin), node.operand->depth);
}

std::vector<Node> ParserCore::expressions_until(TokenKind close) {
  std::vector<Node> out;
  if (sees(close)) return out;
  do out.push_back(expression());
  while (accept(TokenKind::comma));
  return out;
}

// ARRAY[...], MAP(...), ROW(...), MULTISET(query): at the word.
Node ParserCore::constructor(ConstructorKind kind, SubQueryKind query_kind) {
  const auto begin = token().range;
  advance();
  operator_at_ = no_operator;
  const bool bracket = sees(TokenKind::left_bracket);
  if (!bracket && sees_query_start(1)) return sub_query_in_parentheses(query_kind, begin);
  if (!bracket && kind == ConstructorKind::multiset) fail_expecting("[");
  advance();
  const auto close = bracket ? TokenKind::right_bracket : TokenKind::right_parenthesis;
  Constructor node;
  node.constructor = kind;
  const bool may_be_empty = kind != ConstructorKind::row && kind != ConstructorKind::multiset &&
                            kind != ConstructorKind::period;
  if (!may_be_empty || !sees(close)) node.elements = list(expressions_until(TokenKind::end));
  expect(close);
  return finish(node, from(begin), depth_of(node.elements));
}

}  // namespace flink::sql
