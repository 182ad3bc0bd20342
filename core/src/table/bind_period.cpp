// SPDX-License-Identifier: Apache-2.0
// (a, b) OVERLAPS (c, INTERVAL '1' DAY) and its relatives.
#include "table/binder.h"

namespace flink::table {

namespace {

struct Period {
  ExpressionPointer from, to;
};

ExpressionPointer compared(Comparison op, const ExpressionPointer& a, const ExpressionPointer& b,
                           sql::Range range) {
  auto out = compare_expression(op, a, b);
  if (!out) reject(range, "the ends of these periods cannot be compared");
  return out;
}

// The end may be an interval, and come before the start.
Period period_of(ExpressionPointer start, ExpressionPointer end, sql::Range range) {
  if (end->type.is_interval()) end = arithmetic_expression(Arithmetic::plus, start, end, range);
  const auto ordered = compared(Comparison::less_equal, start, end, range);
  return {choice_expression({ordered, start, end}, range),
          choice_expression({ordered, end, start}, range)};
}

ExpressionPointer both(ExpressionPointer a, ExpressionPointer b) {
  const bool nullable = a->type.nullable() || b->type.nullable();
  return form_expression(ExpressionKind::conjunction,
                         LogicalType{TypeRoot::boolean}.with_nullable(nullable),
                         {std::move(a), std::move(b)});
}

}  // namespace

ExpressionPointer Binder::bind_period(const sql::Binary& node) {
  const auto period = [&](const sql::Expression& side) {
    const auto* pair = sql::try_as<sql::Constructor>(&side);
    if (!pair || pair->elements.size() != 2) {
      reject(side.range, "a period is (start, end) or (start, interval)");
    }
    return period_of(bind_node(*pair->elements[0]), bind_node(*pair->elements[1]), side.range);
  };
  const Period a = period(*node.left), b = period(*node.right);
  const sql::Range at = node.op_range;
  switch (node.op) {
    case sql::BinaryOperator::overlaps:
      return both(compared(Comparison::greater_equal, a.to, b.from, at),
                  compared(Comparison::greater_equal, b.to, a.from, at));
    case sql::BinaryOperator::contains:
      return both(compared(Comparison::less_equal, a.from, b.from, at),
                  compared(Comparison::greater_equal, a.to, b.to, at));
    case sql::BinaryOperator::equals:
      return both(compared(Comparison::equal, a.from, b.from, at),
                  compared(Comparison::equal, a.to, b.to, at));
    case sql::BinaryOperator::precedes:
      return compared(Comparison::less_equal, a.to, b.from, at);
    case sql::BinaryOperator::succeeds:
      return compared(Comparison::greater_equal, a.from, b.to, at);
    case sql::BinaryOperator::immediately_precedes:
      return compared(Comparison::equal, a.to, b.from, at);
    default:
      return compared(Comparison::equal, a.from, b.to, at);
  }
}

}  // namespace flink::table
