// SPDX-License-Identifier: Apache-2.0
// Queries: WITH, set operations, SELECT and its clauses.
#include "sql/parser_core.h"

namespace flink::sql {
namespace {

constexpr int power_union = 1;  // and EXCEPT
constexpr int power_intersect = 2;

}  // namespace

const Query* ParserCore::query() {
  const Level level(*this);
  operator_at_ = no_operator;
  Query out;
  const auto begin = token().range;
  if (accept("WITH")) {
    out.recursive = accept("RECURSIVE");
    std::vector<WithItem> items;
    do {
      WithItem item;
      item.name = name();
      if (sees(TokenKind::left_parenthesis)) item.columns = name_list();
      expect("AS");
      expect(TokenKind::left_parenthesis);
      item.query = query();
      expect(TokenKind::right_parenthesis);
      items.push_back(item);
    } while (accept(TokenKind::comma));
    out.with = list(items);
  }
  out.body = set_operations(body(), begin, 0);
  return ordered(out, begin);
}

// A query in parentheses has been read; what may follow it makes it a part of another.
const Query* ParserCore::query_after(const Query* first, Range first_range) {
  NestedQuery nested;
  nested.query = first;
  nested.range = first_range;
  Query out;
  out.body = set_operations(arena_.make(nested), first_range, 0);
  return ordered(out, first_range);
}

const Query* ParserCore::ordered(Query query, Range begin) {
  clause(7, [&] {
    if (at("ORDER")) query.order_by = order_by();
    if (accept("LIMIT")) {
      if (!accept("ALL")) query.limit = row_count();
      if (accept("OFFSET")) offset(query);
    } else if (accept("OFFSET")) {
      offset(query);
      if (accept("LIMIT") && !accept("ALL")) query.limit = row_count();
      else if (sees("FETCH")) fetch(query);
    } else if (at("FETCH")) {
      fetch(query);
    }
  });
  query.range = from(begin);
  return arena_.make(query);
}

void ParserCore::offset(Query& query) {
  query.offset = row_count();
  if (!accept("ROWS")) accept("ROW");
}

void ParserCore::fetch(Query& query) {
  expect("FETCH");
  if (!accept("FIRST")) expect("NEXT");
  query.limit = row_count();
  if (!accept("ROWS")) expect("ROW");
  expect("ONLY");
}

Node ParserCore::row_count() {
  if (!sees(TokenKind::integer) && !sees(TokenKind::decimal) && !sees(TokenKind::approximate)) {
    fail_expecting("a number of rows");
  }
  return number_literal();
}

const QueryBody* ParserCore::body() {
  const auto begin = token().range;
  if (sees("SELECT")) return select();
  if (sees("VALUES")) return values();
  if (accept("TABLE")) {
    TableBody out;
    out.name = path();
    out.range = from(begin);
    return arena_.make(out);
  }
  if (accept(TokenKind::left_parenthesis)) {
    NestedQuery out;
    out.query = query();
    expect(TokenKind::right_parenthesis);
    out.range = from(begin);
    return arena_.make(out);
  }
  also_expected("SELECT");
  also_expected("VALUES");
  fail();
}

const QueryBody* ParserCore::set_operations(const QueryBody* left, Range begin, int least_power) {
  while (true) {
    SetOperation out;
    int power = power_union;
    if (at("UNION")) {
      out.op = SetOperator::union_;
    } else if (at("EXCEPT")) {
      out.op = SetOperator::except;
    } else if (at("INTERSECT")) {
      out.op = SetOperator::intersect;
      power = power_intersect;
    } else {
      return left;
    }
    if (power < least_power) return left;
    std::vector<const QueryBody*> operands{left};
    out.all = sees("ALL", 1);
    const auto word = spelled(token());
    // Of the same operator, and as much of it: UNION and UNION ALL differ.
    do {
      advance();
      if (!accept("ALL")) accept("DISTINCT");
      const auto right = token().range;
      operands.push_back(set_operations(body(), right, power + 1));
    } while (same_word(token(), word) && sees("ALL", 1) == out.all);
    out.operands = list(operands);
    out.range = from(begin);
    left = arena_.make(out);
  }
}

bool ParserCore::same_word(const Token& token, std::string_view word) const {
  if (token.kind != TokenKind::word) return false;
  const auto text = spelled(token);
  return std::equal(text.begin(), text.end(), word.begin(), word.end(),
                    [](char a, char b) { return (a & ~0x20) == (b & ~0x20); });
}

const QueryBody* ParserCore::values() {
  const auto begin = token().range;
  expect("VALUES");
  std::vector<Node> rows;
  do rows.push_back(expression());
  while (accept(TokenKind::comma));
  Values out;
  out.rows = list(rows);
  out.range = from(begin);
  return arena_.make(out);
}

const QueryBody* ParserCore::select() {
  const auto begin = token().range;
  Select out;
  expect("SELECT");
  out.hints = hints();
  clause(0, [&] {
    if (accept("DISTINCT")) out.quantifier = SetQuantifier::distinct;
    else if (accept("ALL")) out.quantifier = SetQuantifier::all;
    std::vector<SelectItem> items;
    do items.push_back(select_item());
    while (accept(TokenKind::comma));
    out.items = list(items);
  });
  if (accept("FROM")) {
    clause(1, [&] { out.from = relation(); });
    clause(2, [&] {
      if (accept("WHERE")) out.where = expression();
    });
    clause(3, [&] {
      if (at("GROUP")) group_by(out);
    });
    clause(4, [&] {
      if (accept("HAVING")) out.having = expression();
    });
    clause(5, [&] {
      if (accept("WINDOW")) out.windows = named_windows();
    });
    clause(6, [&] {
      if (accept("QUALIFY")) out.qualify = expression();
    });
  }
  out.range = from(begin);
  return arena_.make(out);
}

SelectItem ParserCore::select_item() {
  SelectItem out;
  if (sees(TokenKind::star)) {
    const auto range = token().range;
    advance();
    out.value = finish(Star{}, range);
    return out;
  }
  out.value = expression();
  if (accept("AS") || sees_name()) out.alias = name();
  return out;
}

void ParserCore::group_by(Select& select) {
  expect("GROUP");
  expect("BY");
  select.grouped = true;
  if (accept("DISTINCT")) select.group_quantifier = SetQuantifier::distinct;
  else if (accept("ALL")) select.group_quantifier = SetQuantifier::all;
  select.group_by = group_items();
}

List<GroupItem> ParserCore::group_items() {
  std::vector<GroupItem> out;
  do out.push_back(group_item());
  while (accept(TokenKind::comma));
  return list(out);
}

GroupItem ParserCore::group_item() {
  const Level level(*this);
  GroupItem out;
  const auto begin = token().range;
  const bool sets = sees("GROUPING") && sees("SETS", 1);
  const bool rollup = sees("ROLLUP");
  if (sets || rollup || sees("CUBE")) {
    out.kind = sets ? GroupKind::grouping_sets : rollup ? GroupKind::rollup : GroupKind::cube;
    advance();
    if (sets) advance();
    expect(TokenKind::left_parenthesis);
    out.items = group_items();
    expect(TokenKind::right_parenthesis);
  } else if (sees(TokenKind::left_parenthesis) && sees(TokenKind::right_parenthesis, 1)) {
    advance();
    advance();
    out.kind = GroupKind::empty;
  } else {
    out.value = expression();
  }
  out.range = from(begin);
  return out;
}

List<NamedWindow> ParserCore::named_windows() {
  std::vector<NamedWindow> out;
  do {
    NamedWindow window;
    window.name = name();
    expect("AS");
    window.window = window_specification();
    out.push_back(window);
  } while (accept(TokenKind::comma));
  return list(out);
}

List<Name> ParserCore::name_list() {
  expect(TokenKind::left_parenthesis);
  std::vector<Name> out;
  do out.push_back(name());
  while (accept(TokenKind::comma));
  expect(TokenKind::right_parenthesis);
  return list(out);
}

}  // namespace flink::sql
