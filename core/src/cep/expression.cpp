// SPDX-License-Identifier: Apache-2.0
// How conditions are combined.
#include <flink/cep/condition.h>

namespace flink::cep {

namespace {
ExpressionRef made(Expression::Kind kind, ExpressionRef a, ExpressionRef b) {
  auto expression = std::make_shared<Expression>();
  expression->kind = kind;
  expression->a = std::move(a);
  expression->b = std::move(b);
  return expression;
}
bool is_always(const ExpressionRef& e) { return e->kind == Expression::Kind::always; }
}  // namespace

ExpressionRef condition(std::shared_ptr<const Condition> condition) {
  auto expression = std::make_shared<Expression>();
  expression->kind = Expression::Kind::condition;
  expression->condition = std::move(condition);
  return expression;
}

ExpressionRef always() { return made(Expression::Kind::always, nullptr, nullptr); }

ExpressionRef both(ExpressionRef a, ExpressionRef b) {
  if (is_always(a)) return b;
  if (is_always(b)) return a;
  return made(Expression::Kind::both, std::move(a), std::move(b));
}

ExpressionRef either(ExpressionRef a, ExpressionRef b) {
  return made(Expression::Kind::either, std::move(a), std::move(b));
}

ExpressionRef negated(ExpressionRef a) {
  return made(Expression::Kind::negated, std::move(a), nullptr);
}

}  // namespace flink::cep
