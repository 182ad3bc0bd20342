// SPDX-License-Identifier: Apache-2.0
// Calls, special forms, windows of OVER.
#include "sql/powers.h"
#include "sql/print_core.h"
#include "sql/words.h"

namespace flink::sql {

// Built-in functions and those of users alike: case has no meaning, so upper case.
void Printer::call_name(Path name) {
  if (name.size() > 1 || name.front().quoted) return path(name);
  for (const char c : name.front().text) {
    out_ += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  }
}

void Printer::call(const Call& node) {
  if (node.form == CallForm::special &&
      (is_word(node.name.front().text, "RUNNING") || is_word(node.name.front().text, "FINAL"))) {
    add(node.name.front().text, " ");
    return expression(node.arguments.front().value, power_sign);
  }
  call_name(node.name);
  if (node.form == CallForm::bare) return;
  add("(");
  if (node.form == CallForm::special) special_arguments(node);
  else call_arguments(node);
  add(")");
  if (!node.nulls_inside) null_treatment(node.nulls);
  if (!node.within_group.empty()) {
    add(" WITHIN GROUP (");
    order_by(node.within_group);
    add(")");
  }
  if (node.filter != nullptr) {
    add(" FILTER (WHERE ");
    expression(node.filter);
    add(")");
  }
  if (node.over != nullptr) {
    add(" OVER ");
    window(*node.over);
  } else if (node.over_name) {
    add(" OVER ");
    name(node.over_name);
  }
}

void Printer::call_arguments(const Call& node) {
  if (node.star) return add("*");
  if (node.distinct) add("DISTINCT ");
  separated(node.arguments, ", ", [this](const Argument& one) { argument(one); });
  if (node.nulls_inside) null_treatment(node.nulls);
  if (!node.order_by.empty()) {
    add(" ");
    order_by(node.order_by);
  }
}

void Printer::argument(const Argument& argument) {
  if (argument.name) {
    name(argument.name);
    add(" => ");
  }
  expression(argument.value);
}

void Printer::null_treatment(NullTreatment nulls) {
  if (nulls == NullTreatment::ignore) add(" IGNORE NULLS");
  if (nulls == NullTreatment::respect) add(" RESPECT NULLS");
}

// Words between the arguments, by the function.
void Printer::special_arguments(const Call& node) {
  const auto function = node.name.front().text;
  const auto is = [function](std::string_view word) { return function == word; };
  if (is("TRIM")) {
    const auto& arguments = node.arguments;
    expression(arguments[0].value);
    if (arguments[1].value != nullptr) {
      add(" ");
      expression(arguments[1].value);
    }
    // TRIM(BOTH x) has neither characters nor FROM.
    add(" FROM ");
    return expression(arguments[2].value);
  }
  std::string_view first = ", ", second = ", ", third = ", ";
  if (is("EXTRACT")) first = " FROM ";
  if (is("POSITION")) first = " IN ", second = " FROM ";
  if (is("OVERLAY")) first = " PLACING ", second = " FROM ", third = " FOR ";
  if (is("SUBSTRING")) first = " FROM ", second = " FOR ";
  if (is("FLOOR") || is("CEIL")) first = " TO ";
  if (is("CONVERT") || is("TRANSLATE")) first = " USING ";
  const std::string_view separators[] = {"", first, second, third};
  for (std::size_t i = 0; i < node.arguments.size(); ++i) {
    add(separators[i]);
    const Node value = node.arguments[i].value;
    // INTERVAL '1' DAY TO HOUR would take the TO of FLOOR.
    const bool before_to = first == " TO " && i == 0 && node.arguments.size() > 1;
    const bool interval = before_to && (value->kind == ExpressionKind::interval_literal ||
                                        value->kind == ExpressionKind::interval_of ||
                                        value->kind == ExpressionKind::interval_between);
    if (interval) add("(");
    expression(value, before_to ? power_value : is("POSITION") && i == 0 ? power_sign : 0);
    if (interval) add(")");
  }
}

void Printer::order_by(List<OrderItem> items) {
  add("ORDER BY ");
  order_items(items);
}

void Printer::order_items(List<OrderItem> items) {
  separated(items, ", ", [this](const OrderItem& item) {
    expression(item.value);
    if (item.descending) add(" DESC");
    if (item.nulls == OrderItem::Nulls::first) add(" NULLS FIRST");
    if (item.nulls == OrderItem::Nulls::last) add(" NULLS LAST");
  });
}

void Printer::window(const WindowSpecification& window) {
  add("(");
  std::string_view space;
  const auto part = [&] { add(space), space = " "; };
  if (window.base) part(), name(window.base);
  if (!window.partition_by.empty()) {
    part();
    add("PARTITION BY ");
    expressions(window.partition_by);
  }
  if (!window.order_by.empty()) part(), order_by(window.order_by);
  if (window.frame != WindowSpecification::Frame::none) {
    part();
    add(window.frame == WindowSpecification::Frame::rows ? "ROWS " : "RANGE ");
    if (window.between) add("BETWEEN ");
    bound(window.lower);
    if (window.between) {
      add(" AND ");
      bound(window.upper);
    }
  }
  add(")");
}

void Printer::bound(const FrameBound& bound) {
  using Kind = FrameBound::Kind;
  switch (bound.kind) {
    case Kind::current_row:
      return add("CURRENT ROW");
    case Kind::unbounded_preceding:
      return add("UNBOUNDED PRECEDING");
    case Kind::unbounded_following:
      return add("UNBOUNDED FOLLOWING");
    case Kind::preceding:
    case Kind::following:
      break;
  }
  expression(bound.distance);
  add(bound.kind == Kind::preceding ? " PRECEDING" : " FOLLOWING");
}

void Printer::table_argument(const TableArgument& node) {
  if (node.query != nullptr) {
    add("TABLE (");
    query(*node.query);
    add(")");
  } else {
    add("TABLE ");
    path(node.name);
  }
  if (!node.partition_by.empty()) {
    add(" PARTITION BY (");
    expressions(node.partition_by);
    add(")");
  }
  if (!node.order_by.empty()) {
    add(" ORDER BY (");
    order_items(node.order_by);
    add(")");
  }
}

}  // namespace flink::sql
