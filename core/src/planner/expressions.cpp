// SPDX-License-Identifier: Apache-2.0
#include "planner/expressions.h"

#include <algorithm>

#include "table/value_text.h"

namespace flink::planner {

using table::Datum;
using table::Expression;
using table::ExpressionKind;
using table::TypeRoot;

ExpressionPointer column_of(const Column& column) {
  return table::column_expression(column.type, column.id);
}

ExpressionPointer truth(bool value) {
  return table::literal_expression(LogicalType{TypeRoot::boolean}.not_null(), Datum{value});
}

ExpressionPointer number_literal(std::int64_t value) {
  return table::literal_expression(LogicalType{TypeRoot::bigint}.not_null(), Datum{value});
}

ExpressionPointer null_of(const LogicalType& type) {
  return table::literal_expression(type.with_nullable(true), Datum{});
}

void add_columns_of(const Expression& expression, ColumnSet& out) {
  if (expression.kind == ExpressionKind::column) out.insert(expression.column);
  for (const auto& argument : expression.arguments) add_columns_of(*argument, out);
}

ColumnSet columns_of(const Expression& expression) {
  ColumnSet out;
  add_columns_of(expression, out);
  return out;
}

static void add_conjuncts(const ExpressionPointer& condition, std::vector<ExpressionPointer>& out) {
  if (condition->kind != ExpressionKind::conjunction) {
    out.push_back(condition);
    return;
  }
  for (const auto& operand : condition->arguments) add_conjuncts(operand, out);
}

std::vector<ExpressionPointer> conjuncts(const ExpressionPointer& condition) {
  std::vector<ExpressionPointer> out;
  if (condition) add_conjuncts(condition, out);
  return out;
}

ExpressionPointer conjunction(std::vector<ExpressionPointer> all) {
  if (all.empty()) return nullptr;
  if (all.size() == 1) return all.front();
  const bool nullable =
      std::any_of(all.begin(), all.end(), [](const auto& one) { return one->type.nullable(); });
  return table::form_expression(ExpressionKind::conjunction,
                                LogicalType{TypeRoot::boolean}.with_nullable(nullable),
                                std::move(all));
}

namespace {

bool same_literal(const Expression& a, const Expression& b) {
  if (a.value.null || b.value.null) return a.value.null == b.value.null;
  if (a.type.is(TypeRoot::symbol)) return a.value.text() == b.value.text();
  const table::Session session;
  std::string left, right;
  table::append_value(left, a.type, a.value, session, table::TextStyle::client);
  table::append_value(right, b.type, b.value, session, table::TextStyle::client);
  return left == right;
}

}  // namespace

bool same(const Expression& a, const Expression& b) {
  if (a.kind != b.kind || !(a.type == b.type) || a.arguments.size() != b.arguments.size()) {
    return false;
  }
  if (a.determinism == table::Determinism::random) return false;
  if (a.kind == ExpressionKind::column) return a.column == b.column;
  if (a.kind == ExpressionKind::literal) return same_literal(a, b);
  if (a.implementation.kernel != b.implementation.kernel) return false;
  for (std::size_t i = 0; i < a.arguments.size(); ++i) {
    if (!same(*a.arguments[i], *b.arguments[i])) return false;
  }
  return true;
}

ExpressionPointer replaced(const ExpressionPointer& expression, const Replace& replace) {
  if (expression->kind == ExpressionKind::column) {
    auto other = replace(expression);
    return other ? other : expression;
  }
  bool changed = false;
  std::vector<ExpressionPointer> arguments;
  for (const auto& argument : expression->arguments) {
    arguments.push_back(replaced(argument, replace));
    changed = changed || arguments.back() != argument;
  }
  if (!changed) return expression;
  auto out = std::make_shared<Expression>(*expression);
  out->arguments = std::move(arguments);
  return out;
}

ExpressionPointer replaced(const ExpressionPointer& expression,
                           const std::map<ColumnId, ExpressionPointer>& by) {
  return replaced(expression, [&](const ExpressionPointer& column) -> ExpressionPointer {
    const auto found = by.find(column->column);
    return found == by.end() ? nullptr : found->second;
  });
}

}  // namespace flink::planner
