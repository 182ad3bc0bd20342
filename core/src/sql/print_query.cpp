// SPDX-License-Identifier: Apache-2.0
// Queries and SELECT.
#include "sql/powers.h"
#include "sql/print_core.h"
#include "sql/printer.h"

namespace flink::sql {

std::string print(const Query& query) {
  Printer printer;
  printer.query(query);
  return printer.take();
}

void Printer::query(const Query& query) {
  if (!query.with.empty()) {
    add("WITH ", query.recursive ? "RECURSIVE " : "");
    separated(query.with, ", ", [this](const WithItem& item) {
      name(item.name);
      if (!item.columns.empty()) {
        add(" ");
        names(item.columns);
      }
      add(" AS (");
      this->query(*item.query);
      add(")");
    });
    add(" ");
  }
  body(*query.body);
  if (!query.order_by.empty()) {
    add(" ");
    order_by(query.order_by);
  }
  if (query.offset != nullptr) {
    add(" OFFSET ");
    expression(query.offset);
    add(" ROWS");
  }
  if (query.limit != nullptr) {
    add(" FETCH NEXT ");
    expression(query.limit);
    add(" ROWS ONLY");
  }
}

void Printer::body(const QueryBody& body) {
  switch (body.kind) {
    case BodyKind::select:
      return select(as<Select>(body));
    case BodyKind::set_operation: {
      const auto& operation = as<SetOperation>(body);
      std::string separator = operation.op == SetOperator::union_      ? " UNION "
                              : operation.op == SetOperator::intersect ? " INTERSECT "
                                                                       : " EXCEPT ";
      if (operation.all) separator += "ALL ";
      return separated(operation.operands, separator,
                       [this](const QueryBody* operand) { this->body(*operand); });
    }
    case BodyKind::values:
      add("VALUES ");
      return separated(as<Values>(body).rows, ", ", [this](Node row) {
        const bool is_row = row->kind == ExpressionKind::constructor;
        if (!is_row) add("(");
        expression(row);
        if (!is_row) add(")");
      });
    case BodyKind::table:
      add("TABLE ");
      return path(as<TableBody>(body).name);
    case BodyKind::nested:
      add("(");
      query(*as<NestedQuery>(body).query);
      return add(")");
  }
}

void Printer::select(const Select& select) {
  add("SELECT ");
  hints(select.hints);
  if (select.quantifier == SetQuantifier::distinct) add("DISTINCT ");
  if (select.quantifier == SetQuantifier::all) add("ALL ");
  separated(select.items, ", ", [this](const SelectItem& item) {
    expression(item.value);
    if (!item.alias) return;
    add(" AS ");
    name(item.alias);
  });
  if (select.from == nullptr) return;
  add(" FROM ");
  relation(*select.from);
  const auto condition = [this](std::string_view word, Node node) {
    if (node == nullptr) return;
    add(word);
    expression(node);
  };
  condition(" WHERE ", select.where);
  if (select.grouped) {
    add(" GROUP BY ");
    if (select.group_quantifier == SetQuantifier::distinct) add("DISTINCT ");
    if (select.group_quantifier == SetQuantifier::all) add("ALL ");
    group_items(select.group_by);
  }
  condition(" HAVING ", select.having);
  if (!select.windows.empty()) {
    add(" WINDOW ");
    separated(select.windows, ", ", [this](const NamedWindow& one) {
      name(one.name);
      add(" AS ");
      window(*one.window);
    });
  }
  condition(" QUALIFY ", select.qualify);
}

void Printer::group_items(List<GroupItem> items) {
  separated(items, ", ", [this](const GroupItem& item) {
    switch (item.kind) {
      case GroupKind::expression:
        return expression(item.value);
      case GroupKind::empty:
        return add("()");
      case GroupKind::rollup:
        add("ROLLUP (");
        break;
      case GroupKind::cube:
        add("CUBE (");
        break;
      case GroupKind::grouping_sets:
        add("GROUPING SETS (");
        break;
    }
    group_items(item.items);
    add(")");
  });
}

void Printer::hints(List<Hint> hints) {
  if (hints.empty()) return;
  add("/*+ ");
  separated(hints, ", ", [this](const Hint& hint) {
    name(hint.name);
    if (hint.options.empty()) return;
    add("(");
    separated(hint.options, ", ", [this](const HintOption& option) {
      if (option.name) name(option.name);
      else if (option.number) add(option.key.value);
      else text(option.key.value);
      if (!option.value) return;
      add(" = ");
      text(option.value.value);
    });
    add(")");
  });
  add(" */ ");
}

}  // namespace flink::sql
