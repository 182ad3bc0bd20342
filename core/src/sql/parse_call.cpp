// SPDX-License-Identifier: Apache-2.0
// Calls with all that may follow them, and their arguments.
#include "sql/parser_core.h"

namespace flink::sql {

int ParserCore::depth_of(List<OrderItem> items) {
  int depth = 0;
  for (const auto& item : items) depth = std::max(depth, depth_of(item.value));
  return depth;
}

int ParserCore::depth_of(const WindowSpecification& window) const {
  return std::max({depth_of(window.partition_by), depth_of(window.order_by),
                   depth_of(window.lower.distance), depth_of(window.upper.distance)});
}

int ParserCore::depth_of(const Call& call) const {
  int depth =
      std::max({depth_of(call.order_by), depth_of(call.within_group), depth_of(call.filter)});
  for (const auto& argument : call.arguments) depth = std::max(depth, depth_of(argument.value));
  return call.over == nullptr ? depth : std::max(depth, depth_of(*call.over));
}

// At the parenthesis behind the name.
Node ParserCore::call(Path name, Range begin) {
  operator_at_ = no_operator;
  if (name.size() == 1 && !name.front().quoted && is_word(name.front().text, "DESCRIPTOR")) {
    Descriptor node;
    advance();
    std::vector<Name> columns;
    do columns.push_back(this->name());
    while (accept(TokenKind::comma));
    expect(TokenKind::right_parenthesis);
    node.columns = list(columns);
    return finish(node, from(begin));
  }
  Call node;
  node.name = name;
  arguments(node);
  return aggregate_clauses(std::move(node), begin);
}

Node ParserCore::plain_call(Path name, Range begin) {
  Call node;
  node.name = name;
  arguments(node);
  const int depth = depth_of(node);
  return finish(std::move(node), from(begin), depth);
}

void ParserCore::arguments(Call& call) {
  expect(TokenKind::left_parenthesis);
  if (accept(TokenKind::right_parenthesis)) return;
  if (sees(TokenKind::star) && sees(TokenKind::right_parenthesis, 1)) {
    advance();
    advance();
    call.star = true;
    return;
  }
  call.distinct = accept("DISTINCT");
  if (!call.distinct) accept("ALL");
  std::vector<Argument> out;
  do out.push_back(argument());
  while (accept(TokenKind::comma));
  call.arguments = list(out);
  if (accept("IGNORE", "NULLS")) call.nulls = NullTreatment::ignore;
  else if (accept("RESPECT", "NULLS")) call.nulls = NullTreatment::respect;
  call.nulls_inside = call.nulls != NullTreatment::unsaid;
  if (sees("ORDER")) call.order_by = order_by();
  expect(TokenKind::right_parenthesis);
}

Argument ParserCore::argument() {
  Argument out;
  if (sees_name() && sees(TokenKind::arrow, 1)) {
    out.name = name();
    advance();
  }
  out.value = argument_value();
  return out;
}

Node ParserCore::argument_value() {
  const auto begin = token().range;
  if (sees("DEFAULT")) return advance(), finish(Default{}, begin);
  if (sees("TABLE")) return table_argument();
  if (sees("MODEL") && sees_name(1)) {
    advance();
    ModelArgument node;
    node.name = path();
    return finish(node, from(begin));
  }
  if (sees_query_start()) {
    const Level level(*this);
    SubQuery node;
    node.query = query();
    return with_table_clauses(finish(node, from(begin)), begin);
  }
  return with_table_clauses(expression(), begin);
}

// TABLE t, TABLE (query)
Node ParserCore::table_argument() {
  const auto begin = token().range;
  const Level level(*this);
  advance();
  TableArgument node;
  if (accept(TokenKind::left_parenthesis)) {
    node.query = query();
    expect(TokenKind::right_parenthesis);
  } else {
    node.name = path();
  }
  return with_table_clauses(finish(node, from(begin)), begin);
}

// [PARTITION BY a, (a, b)] [ORDER BY a, (a, b)] behind an argument that is a table.
Node ParserCore::with_table_clauses(Node value, Range begin) {
  const auto* const query = try_as<SubQuery>(value);
  const auto* const table = try_as<TableArgument>(value);
  if (table == nullptr && (query == nullptr || query->sub_query != SubQueryKind::scalar)) {
    return value;
  }
  if (!at("PARTITION") && !at("ORDER")) return value;
  TableArgument node;
  if (table != nullptr) node = *table;
  else node.query = query->query;
  if (accept("PARTITION")) {
    expect("BY");
    const bool several = accept(TokenKind::left_parenthesis);
    std::vector<Node> columns;
    do {
      NameReference column;
      const auto column_begin = token().range;
      column.path = list(std::vector<Name>{name()});
      columns.push_back(finish(column, from(column_begin)));
    } while (several && accept(TokenKind::comma));
    if (several) expect(TokenKind::right_parenthesis);
    node.partition_by = list(columns);
  }
  if (accept("ORDER")) {
    expect("BY");
    if (accept(TokenKind::left_parenthesis)) {
      node.order_by = order_items();
      expect(TokenKind::right_parenthesis);
    } else {
      node.order_by = list(std::vector<OrderItem>{order_item()});
    }
  }
  return finish(node, from(begin), depth_of(node.order_by));
}

// What may stand behind the arguments.
Node ParserCore::aggregate_clauses(Call call, Range begin) {
  if (accept("IGNORE", "NULLS")) call.nulls = NullTreatment::ignore;
  else if (accept("RESPECT", "NULLS")) call.nulls = NullTreatment::respect;
  if (sees("WITHIN") && sees("GROUP", 1)) {
    advance();
    advance();
    expect(TokenKind::left_parenthesis);
    call.within_group = order_by();
    expect(TokenKind::right_parenthesis);
  }
  if (sees("FILTER")) {
    advance();
    expect(TokenKind::left_parenthesis);
    expect("WHERE");
    call.filter = expression();
    expect(TokenKind::right_parenthesis);
  }
  if (sees("OVER")) {
    advance();
    if (sees(TokenKind::left_parenthesis)) call.over = window_specification();
    else call.over_name = name();
  }
  const int depth = depth_of(call);
  return finish(std::move(call), from(begin), depth);
}

List<OrderItem> ParserCore::order_by() {
  expect("ORDER");
  expect("BY");
  return order_items();
}

List<OrderItem> ParserCore::order_items() {
  std::vector<OrderItem> out;
  do out.push_back(order_item());
  while (accept(TokenKind::comma));
  return list(out);
}

OrderItem ParserCore::order_item() {
  OrderItem out;
  out.value = expression();
  out.descending = accept("DESC");
  if (!out.descending) accept("ASC");
  if (accept("NULLS", "FIRST")) out.nulls = OrderItem::Nulls::first;
  else if (accept("NULLS", "LAST")) out.nulls = OrderItem::Nulls::last;
  return out;
}

const WindowSpecification* ParserCore::window_specification() {
  const Level level(*this);
  WindowSpecification out;
  const auto begin = token().range;
  expect(TokenKind::left_parenthesis);
  if (sees_name()) out.base = name();
  if (accept("PARTITION")) {
    expect("BY");
    out.partition_by = list(expressions_until(TokenKind::end));
  }
  if (at("ORDER")) out.order_by = order_by();
  using Frame = WindowSpecification::Frame;
  if (accept("ROWS")) out.frame = Frame::rows;
  else if (accept("RANGE")) out.frame = Frame::range;
  if (out.frame != Frame::none) {
    out.between = accept("BETWEEN");
    out.lower = frame_bound();
    if (out.between) {
      expect("AND");
      out.upper = frame_bound();
    }
  }
  expect(TokenKind::right_parenthesis);
  out.range = from(begin);
  return arena_.make(out);
}

FrameBound ParserCore::frame_bound() {
  using Kind = FrameBound::Kind;
  if (accept("CURRENT", "ROW")) return {Kind::current_row};
  if (accept("UNBOUNDED", "PRECEDING")) return {Kind::unbounded_preceding};
  if (accept("UNBOUNDED", "FOLLOWING")) return {Kind::unbounded_following};
  FrameBound out;
  // Above AND, which separates the bounds.
  out.distance = expression();
  out.kind = Kind::preceding;
  if (accept("FOLLOWING")) out.kind = Kind::following;
  else expect("PRECEDING");
  return out;
}

}  // namespace flink::sql
