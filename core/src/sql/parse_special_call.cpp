// SPDX-License-Identifier: Apache-2.0
// Functions with a syntax of their own. The forms of the tree: call.h.
#include "sql/parser_core.h"

namespace flink::sql {
namespace {

struct UnitLast {
  std::string_view name;
  int values;
};
constexpr UnitLast unit_last_calls[] = {
    {"DATE_DIFF", 2},  {"TIMESTAMP_DIFF", 2},  {"DATETIME_DIFF", 2},  {"TIME_DIFF", 2},
    {"DATE_TRUNC", 1}, {"TIMESTAMP_TRUNC", 1}, {"DATETIME_TRUNC", 1}, {"TIME_TRUNC", 1},
};

}  // namespace

// At the word of a form with parentheses; nothing if it has no form of its own.
Node ParserCore::special_call() {
  const auto begin = token().range;
  const auto word = spelled(token());
  const auto is = [&](std::string_view known) { return is_word(word, known); };
  const auto behind_word = [&] {
    advance();
    operator_at_ = no_operator;
  };
  if (is("EXTRACT")) {
    behind_word();
    expect(TokenKind::left_parenthesis);
    const Node unit = unit_symbol();
    expect("FROM");
    const Node value = expression();
    expect(TokenKind::right_parenthesis);
    return special("EXTRACT", begin, {unit, value});
  }
  if (is("TRIM")) return behind_word(), trim(begin);
  if (is("FLOOR")) return behind_word(), floor_or_ceil(begin, "FLOOR");
  if (is("CEIL") || is("CEILING")) return behind_word(), floor_or_ceil(begin, "CEIL");
  if (is("SUBSTRING")) return behind_word(), substring(begin);
  if (is("OVERLAY")) return behind_word(), overlay(begin);
  if (is("POSITION")) return behind_word(), position_call(begin);
  if (is("CONVERT")) return behind_word(), convert_or_translate(begin, "CONVERT");
  if (is("TRANSLATE")) return behind_word(), convert_or_translate(begin, "TRANSLATE");
  if (is("TIMESTAMPADD")) return behind_word(), unit_first(begin, "TIMESTAMPADD");
  if (is("TIMESTAMPDIFF")) return behind_word(), unit_first(begin, "TIMESTAMPDIFF");
  for (const auto& known : unit_last_calls) {
    if (is(known.name)) return behind_word(), unit_last(begin, known.name, known.values);
  }
  if (is("JSON_EXISTS")) return behind_word(), json_call(JsonFunction::exists, begin);
  if (is("JSON_VALUE")) return behind_word(), json_call(JsonFunction::value, begin);
  if (is("JSON_QUERY")) return behind_word(), json_call(JsonFunction::query, begin);
  if (is("JSON_OBJECT")) return behind_word(), json_call(JsonFunction::object, begin);
  if (is("JSON_ARRAY")) return behind_word(), json_call(JsonFunction::array, begin);
  if (is("JSON_OBJECTAGG")) return behind_word(), json_call(JsonFunction::objectagg, begin);
  if (is("JSON_ARRAYAGG")) return behind_word(), json_call(JsonFunction::arrayagg, begin);
  return nullptr;
}

Node ParserCore::special(std::string_view name, Range begin,
                         std::initializer_list<Node> arguments) {
  Call node;
  node.form = CallForm::special;
  node.name = list(std::vector<Name>{{name, begin, false}});
  std::vector<Argument> out;
  for (const Node argument : arguments) out.push_back({{}, argument});
  node.arguments = list(out);
  const int depth = depth_of(node);
  return finish(std::move(node), from(begin), depth);
}

Node ParserCore::symbol() {
  Symbol node;
  const auto range = token().range;
  std::string upper{spelled(token())};
  for (char& c : upper) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  node.text = arena_.text(upper);
  advance();
  return finish(node, range);
}

// DAY, EPOCH, WEEK(MONDAY), or a name that may be a unit: the binder knows which.
Node ParserCore::unit_symbol() {
  if (!sees(TokenKind::word)) fail_expecting("a time unit");
  const bool unit = token().word_class != WordClass::reserved || sees_interval_unit();
  if (!unit) fail_expecting("a time unit");
  if (!sees("WEEK") || !sees(TokenKind::left_parenthesis, 1)) return symbol();
  const auto begin = token().range;
  advance();
  advance();
  Symbol node;
  for (const std::string_view day :
       {"WEEK(SUNDAY)", "WEEK(MONDAY)", "WEEK(TUESDAY)", "WEEK(WEDNESDAY)", "WEEK(THURSDAY)",
        "WEEK(FRIDAY)", "WEEK(SATURDAY)"}) {
    if (at(day.substr(5, day.size() - 6))) node.text = day;
  }
  if (node.text.empty()) fail();
  advance();
  expect(TokenKind::right_parenthesis);
  return finish(node, from(begin));
}

// TRIM([BOTH | LEADING | TRAILING] [characters] FROM x), TRIM(x)
Node ParserCore::trim(Range begin) {
  expect(TokenKind::left_parenthesis);
  Node side = nullptr;
  if (at("BOTH") || at("LEADING") || at("TRAILING")) side = symbol();
  const bool said = side != nullptr;
  if (!said) {
    Symbol both;
    both.text = "BOTH";
    side = finish(both, begin);
  }
  Node characters = nullptr;
  Node value = nullptr;
  const bool is_literal = sees_text();
  if (!said || !sees("FROM")) value = expression();
  // Flink takes TRIM(a FROM b) without a side only of a literal.
  if (sees("FROM") && (said || is_literal)) {
    advance();
    characters = value;
    value = expression();
  } else if (sees("FROM")) {
    fail_with(SyntaxErrorKind::reserved, token().range, "unexpected FROM; expected )",
              "with FROM a side is needed here: TRIM(BOTH a FROM b)");
  }
  expect(TokenKind::right_parenthesis);
  return special("TRIM", begin, {side, characters, value});
}

Node ParserCore::floor_or_ceil(Range begin, std::string_view name) {
  Call node;
  expect(TokenKind::left_parenthesis);
  std::vector<Argument> arguments{{{}, expression()}};
  if (accept("TO")) arguments.push_back({{}, unit_symbol()});
  expect(TokenKind::right_parenthesis);
  node.form = CallForm::special;
  node.name = list(std::vector<Name>{{name, begin, false}});
  node.arguments = list(arguments);
  return aggregate_clauses(std::move(node), begin);
}

Node ParserCore::unit_first(Range begin, std::string_view name) {
  expect(TokenKind::left_parenthesis);
  const Node unit = unit_symbol();
  expect(TokenKind::comma);
  const Node first = expression();
  expect(TokenKind::comma);
  const Node second = expression();
  expect(TokenKind::right_parenthesis);
  return special(name, begin, {unit, first, second});
}

Node ParserCore::unit_last(Range begin, std::string_view name, int values) {
  expect(TokenKind::left_parenthesis);
  const Node first = expression();
  expect(TokenKind::comma);
  const Node second = values > 1 ? expression() : nullptr;
  if (values > 1) expect(TokenKind::comma);
  const Node unit = unit_symbol();
  expect(TokenKind::right_parenthesis);
  return second == nullptr ? special(name, begin, {first, unit})
                           : special(name, begin, {first, second, unit});
}

Node ParserCore::position_call(Range begin) {
  expect(TokenKind::left_parenthesis);
  const Node wanted = operand();
  expect("IN");
  const Node value = expression();
  const Node start = accept("FROM") ? expression() : nullptr;
  expect(TokenKind::right_parenthesis);
  return start == nullptr ? special("POSITION", begin, {wanted, value})
                          : special("POSITION", begin, {wanted, value, start});
}

Node ParserCore::overlay(Range begin) {
  expect(TokenKind::left_parenthesis);
  const Node value = expression();
  expect("PLACING");
  const Node replacement = expression();
  expect("FROM");
  const Node start = expression();
  const Node length = accept("FOR") ? expression() : nullptr;
  expect(TokenKind::right_parenthesis);
  return length == nullptr ? special("OVERLAY", begin, {value, replacement, start})
                           : special("OVERLAY", begin, {value, replacement, start, length});
}

// SUBSTRING(x FROM 1 FOR 2), SUBSTRING(x, 1, 2)
Node ParserCore::substring(Range begin) {
  expect(TokenKind::left_parenthesis);
  const Node value = expression();
  if (!accept("FROM")) expect(TokenKind::comma);
  const Node start = expression();
  const Node length = accept("FOR") || accept(TokenKind::comma) ? expression() : nullptr;
  expect(TokenKind::right_parenthesis);
  return length == nullptr ? special("SUBSTRING", begin, {value, start})
                           : special("SUBSTRING", begin, {value, start, length});
}

// With USING the name of a character set, a NameReference; else a plain call.
Node ParserCore::convert_or_translate(Range begin, std::string_view name) {
  expect(TokenKind::left_parenthesis);
  std::vector<Argument> arguments{{{}, expression()}};
  if (accept("USING")) {
    NameReference set;
    const auto set_begin = token().range;
    set.path = list(std::vector<Name>{this->name()});
    const Node set_name = finish(set, from(set_begin));
    expect(TokenKind::right_parenthesis);
    return special(name, begin, {arguments.front().value, set_name});
  }
  while (accept(TokenKind::comma)) arguments.push_back({{}, expression()});
  expect(TokenKind::right_parenthesis);
  Call node;
  node.name = list(std::vector<Name>{{name, begin, false}});
  node.arguments = list(arguments);
  const int depth = depth_of(node);
  return finish(std::move(node), from(begin), depth);
}

}  // namespace flink::sql
