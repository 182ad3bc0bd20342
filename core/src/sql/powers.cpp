// SPDX-License-Identifier: Apache-2.0
#include "sql/powers.h"

namespace flink::sql {

int power_of(BinaryOperator op) {
  using enum BinaryOperator;
  switch (op) {
    case plus:
    case minus:
      return power_add;
    case times:
    case divide:
    case remainder:
      return power_multiply;
    case multiset_union:
    case multiset_union_distinct:
    case multiset_except:
    case multiset_except_distinct:
      return power_multiset;
    case multiset_intersect:
    case multiset_intersect_distinct:
      return power_multiset_intersect;
    default:
      return power_compare;
  }
}

int power_of(ChainOperator op) {
  switch (op) {
    case ChainOperator::and_:
      return power_and;
    case ChainOperator::or_:
      return power_or;
    case ChainOperator::concat:
      return power_multiply;
  }
  return power_value;
}

int power_of(const Expression& expression) {
  switch (expression.kind) {
    case ExpressionKind::unary:
      return as<Unary>(expression).op == UnaryOperator::not_ ? power_not : power_sign;
    case ExpressionKind::binary:
      return power_of(as<Binary>(expression).op);
    case ExpressionKind::chain:
      return power_of(as<Chain>(expression).op);
    case ExpressionKind::test:
      return power_is;
    case ExpressionKind::between:
    case ExpressionKind::in:
    case ExpressionKind::like:
      return power_in;
    case ExpressionKind::quantified:
      return power_compare;
    default:
      return power_value;
  }
}

}  // namespace flink::sql
