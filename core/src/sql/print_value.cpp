// SPDX-License-Identifier: Apache-2.0
// Values that are no operators: CASE, CAST, constructors, sub-queries, elements.
#include "sql/powers.h"
#include "sql/print_core.h"

namespace flink::sql {

void Printer::cast(const Cast& node) {
  add(node.try_ ? "TRY_CAST(" : "CAST(");
  expression(node.operand);
  add(" AS ");
  type(*node.type);
  add(")");
}

void Printer::element(const Element& node) {
  expression(node.operand, power_value);
  add("[");
  expression(node.index);
  add("]");
}

void Printer::in(const In& node) {
  expression(node.operand, power_in);
  add(node.negated ? " NOT IN " : " IN ");
  in_list(node.list, node.query);
}

void Printer::in_list(List<Node> list, const Query* query) {
  add("(");
  if (query != nullptr) this->query(*query);
  else expressions(list);
  add(")");
}

void Printer::sub_query(const SubQuery& node) {
  switch (node.sub_query) {
    case SubQueryKind::scalar:
      break;
    case SubQueryKind::exists:
      add("EXISTS ");
      break;
    case SubQueryKind::unique:
      add("UNIQUE ");
      break;
    case SubQueryKind::array:
      add("ARRAY");
      break;
    case SubQueryKind::map:
      add("MAP");
      break;
    case SubQueryKind::multiset:
      add("MULTISET");
      break;
  }
  add("(");
  query(*node.query);
  add(")");
}

void Printer::case_(const Case& node) {
  add("CASE");
  if (node.operand != nullptr) {
    add(" ");
    expression(node.operand);
  }
  for (const auto& when : node.whens) {
    add(" WHEN ");
    expressions(when.values);
    add(" THEN ");
    expression(when.then);
  }
  if (node.otherwise != nullptr) {
    add(" ELSE ");
    expression(node.otherwise);
  }
  add(" END");
}

void Printer::constructor(const Constructor& node) {
  bool brackets = false;
  switch (node.constructor) {
    case ConstructorKind::array:
      add("ARRAY"), brackets = true;
      break;
    case ConstructorKind::map:
      add("MAP"), brackets = true;
      break;
    case ConstructorKind::multiset:
      add("MULTISET"), brackets = true;
      break;
    case ConstructorKind::row:
      add("ROW");
      break;
    case ConstructorKind::tuple:
      break;
    case ConstructorKind::array_function:
      add("ARRAY");
      break;
    case ConstructorKind::map_function:
      add("MAP");
      break;
    case ConstructorKind::period:
      add("PERIOD");
      break;
  }
  add(brackets ? "[" : "(");
  expressions(node.elements);
  add(brackets ? "]" : ")");
}

// A name would swallow the field, a number the point.
void Printer::owner(Node node) {
  const bool parentheses = power_of(*node) < power_value || node->kind == ExpressionKind::name ||
                           node->kind == ExpressionKind::literal;
  if (parentheses) add("(");
  expression(node);
  if (parentheses) add(")");
}

}  // namespace flink::sql
