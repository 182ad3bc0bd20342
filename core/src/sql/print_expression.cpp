// SPDX-License-Identifier: Apache-2.0
// Operators and values; parentheses only where they are needed.
#include "sql/powers.h"
#include "sql/print_core.h"
#include "sql/printer.h"

namespace flink::sql {
namespace {

std::string_view spelling(BinaryOperator op) {
  using enum BinaryOperator;
  switch (op) {
    case plus:
      return "+";
    case minus:
      return "-";
    case times:
      return "*";
    case divide:
      return "/";
    case remainder:
      return "%";
    case equal:
      return "=";
    case not_equal:
      return "<>";
    case less:
      return "<";
    case less_equal:
      return "<=";
    case greater:
      return ">";
    case greater_equal:
      return ">=";
    case is_distinct_from:
      return "IS DISTINCT FROM";
    case is_not_distinct_from:
      return "IS NOT DISTINCT FROM";
    case overlaps:
      return "OVERLAPS";
    case contains:
      return "CONTAINS";
    case equals:
      return "EQUALS";
    case precedes:
      return "PRECEDES";
    case succeeds:
      return "SUCCEEDS";
    case immediately_precedes:
      return "IMMEDIATELY PRECEDES";
    case immediately_succeeds:
      return "IMMEDIATELY SUCCEEDS";
    case member_of:
      return "MEMBER OF";
    case submultiset_of:
      return "SUBMULTISET OF";
    case not_submultiset_of:
      return "NOT SUBMULTISET OF";
    case multiset_union:
      return "MULTISET UNION ALL";
    case multiset_union_distinct:
      return "MULTISET UNION DISTINCT";
    case multiset_intersect:
      return "MULTISET INTERSECT ALL";
    case multiset_intersect_distinct:
      return "MULTISET INTERSECT DISTINCT";
    case multiset_except:
      return "MULTISET EXCEPT ALL";
    case multiset_except_distinct:
      return "MULTISET EXCEPT DISTINCT";
  }
  return "";
}

std::string doubled(std::string_view text, char quote) {
  std::string out(1, quote);
  for (const char c : text) {
    out += c;
    if (c == quote) out += c;
  }
  return out + quote;
}

}  // namespace

std::string quoted_name(std::string_view name) { return doubled(name, '`'); }
std::string quoted_text(std::string_view text) { return doubled(text, '\''); }

std::string quoted_path(Path path) {
  std::string out;
  for (const auto& part : path) {
    if (!out.empty()) out += '.';
    out += quoted_name(part.text);
  }
  return out;
}

std::string print(const Expression& expression) {
  Printer printer;
  printer.expression(&expression);
  return printer.take();
}

void Printer::name(const Name& name) { add(quoted_name(name.text)); }
void Printer::path(Path path) { add(quoted_path(path)); }
void Printer::text(std::string_view text) { add(quoted_text(text)); }

void Printer::names(List<Name> names) {
  add("(");
  separated(names, ", ", [this](const Name& one) { name(one); });
  add(")");
}

void Printer::paths(List<Path> paths) {
  add("(");
  separated(paths, ", ", [this](const Path& one) { path(one); });
  add(")");
}

void Printer::expressions(List<Node> nodes) {
  separated(nodes, ", ", [this](Node node) { expression(node); });
}

void Printer::expression(Node node, int least_power) {
  const bool parentheses = power_of(*node) < least_power;
  if (parentheses) add("(");
  bare(*node);
  if (parentheses) add(")");
}

void Printer::bare(const Expression& node) {
  switch (node.kind) {
    case ExpressionKind::literal:
      return literal(as<Literal>(node));
    case ExpressionKind::interval_literal:
    case ExpressionKind::interval_of:
    case ExpressionKind::interval_between:
      return interval(node);
    case ExpressionKind::name:
      return path(as<NameReference>(node).path);
    case ExpressionKind::star:
      return star(as<Star>(node));
    case ExpressionKind::symbol:
      return add(as<Symbol>(node).text);
    case ExpressionKind::unary: {
      const auto& unary = as<Unary>(node);
      const bool minus = unary.op == UnaryOperator::minus;
      add(unary.op == UnaryOperator::not_ ? "NOT " : minus ? "- " : "+ ");
      return expression(unary.operand, power_of(node));
    }
    case ExpressionKind::binary:
      return binary(as<Binary>(node));
    case ExpressionKind::chain:
      return chain(as<Chain>(node));
    case ExpressionKind::test:
      return test(as<Test>(node));
    case ExpressionKind::between:
      return between(as<Between>(node));
    case ExpressionKind::in:
      return in(as<In>(node));
    case ExpressionKind::like:
      return like(as<Like>(node));
    case ExpressionKind::quantified:
      return quantified(as<Quantified>(node));
    case ExpressionKind::sub_query:
      return sub_query(as<SubQuery>(node));
    case ExpressionKind::case_:
      return case_(as<Case>(node));
    case ExpressionKind::cast:
      return cast(as<Cast>(node));
    case ExpressionKind::call:
      return call(as<Call>(node));
    case ExpressionKind::json:
      return json(as<Json>(node));
    case ExpressionKind::constructor:
      return constructor(as<Constructor>(node));
    case ExpressionKind::element:
      return element(as<Element>(node));
    case ExpressionKind::field:
      owner(as<Field>(node).operand);
      add(".");
      return name(as<Field>(node).name);
    case ExpressionKind::descriptor:
      add("DESCRIPTOR");
      return names(as<Descriptor>(node).columns);
    case ExpressionKind::table_argument:
      return table_argument(as<TableArgument>(node));
    case ExpressionKind::model_argument:
      add("MODEL ");
      return path(as<ModelArgument>(node).name);
    case ExpressionKind::default_:
      return add("DEFAULT");
  }
}

void Printer::interval(const Expression& node) {
  if (const auto* const literal = try_as<IntervalLiteral>(&node)) {
    add("INTERVAL ", literal->negative ? "-" : "");
    text(literal->value);
    add(" ");
    return qualifier(literal->qualifier);
  }
  if (const auto* const of = try_as<IntervalOf>(&node)) {
    add("INTERVAL ", of->negative ? "-" : "", "(");
    expression(of->operand);
    add(") ");
    return qualifier(of->qualifier);
  }
  const auto& between = as<IntervalBetween>(node);
  add("(");
  expression(between.left, power_add);
  add(" - ");
  expression(between.right, power_add + 1);
  add(") ");
  qualifier(between.qualifier);
}

void Printer::star(const Star& node) {
  if (node.operand != nullptr) owner(node.operand);
  else if (!node.qualifier.empty()) path(node.qualifier);
  add(node.operand != nullptr || !node.qualifier.empty() ? ".*" : "*");
}

void Printer::chain(const Chain& node) {
  const std::string_view op = node.op == ChainOperator::and_  ? " AND "
                              : node.op == ChainOperator::or_ ? " OR "
                                                              : " || ";
  const int power = power_of(node.op) + 1;
  separated(node.operands, op, [&](Node operand) { expression(operand, power); });
}

void Printer::between(const Between& node) {
  expression(node.operand, power_in);
  add(node.negated ? " NOT BETWEEN " : " BETWEEN ", node.symmetric ? "SYMMETRIC " : "");
  expression(node.low, power_in + 1);
  add(" AND ");
  expression(node.high, power_in + 1);
}

void Printer::literal(const Literal& literal) {
  switch (literal.literal) {
    case LiteralKind::null:
      return add("NULL");
    case LiteralKind::unknown:
      return add("UNKNOWN");
    case LiteralKind::boolean:
    case LiteralKind::exact:
    case LiteralKind::approximate:
      return add(literal.value);
    case LiteralKind::bytes:
      return add("X'", literal.value, "'");
    case LiteralKind::text:
      return text(literal.value);
    case LiteralKind::date:
      add("DATE ");
      break;
    case LiteralKind::time:
      add("TIME ");
      break;
    case LiteralKind::timestamp:
      add("TIMESTAMP ");
      break;
    case LiteralKind::timestamp_ltz:
      add("TIMESTAMP WITH LOCAL TIME ZONE ");
      break;
  }
  text(literal.value);
}

void Printer::binary(const Binary& node) {
  const int power = power_of(node.op);
  expression(node.left, power);
  add(" ", spelling(node.op), " ");
  expression(node.right, power + 1);
}

void Printer::test(const Test& node) {
  expression(node.operand, power_is);
  add(node.negated ? " IS NOT " : " IS ");
  switch (node.test) {
    case TestKind::null:
      return add("NULL");
    case TestKind::true_:
      return add("TRUE");
    case TestKind::false_:
      return add("FALSE");
    case TestKind::unknown:
      return add("UNKNOWN");
    case TestKind::json_value:
      return add("JSON VALUE");
    case TestKind::json_object:
      return add("JSON OBJECT");
    case TestKind::json_array:
      return add("JSON ARRAY");
    case TestKind::json_scalar:
      return add("JSON SCALAR");
    case TestKind::a_set:
      return add("A SET");
    case TestKind::empty:
      return add("EMPTY");
  }
}

void Printer::like(const Like& node) {
  expression(node.operand, power_in);
  add(node.negated ? " NOT " : " ");
  switch (node.like) {
    case LikeKind::like:
      add("LIKE ");
      break;
    case LikeKind::ilike:
      add("ILIKE ");
      break;
    case LikeKind::rlike:
      add("RLIKE ");
      break;
    case LikeKind::similar_to:
      add("SIMILAR TO ");
      break;
  }
  expression(node.pattern, power_in + 1);
  if (node.escape == nullptr) return;
  add(" ESCAPE ");
  expression(node.escape, power_sign);
}

void Printer::quantified(const Quantified& node) {
  expression(node.operand, power_compare);
  add(" ", spelling(node.op), node.all ? " ALL " : " SOME ");
  in_list(node.list, node.query);
}

}  // namespace flink::sql
