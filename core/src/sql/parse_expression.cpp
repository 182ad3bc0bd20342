// SPDX-License-Identifier: Apache-2.0
// Operators by binding power, as Flink's tables have them.
#include "sql/parser_core.h"
#include "sql/powers.h"

namespace flink::sql {
namespace {

// Flink takes an operator when it and two tokens behind it fit; IN and the like with one.
constexpr std::size_t reach_binary = 2;
constexpr std::size_t reach_word = 1;

struct BinaryPower {
  BinaryOperator op;
  int power;  // 0: no binary operator
};

BinaryPower binary_power(TokenKind kind) {
  switch (kind) {
    case TokenKind::plus:
      return {BinaryOperator::plus, power_add};
    case TokenKind::minus:
      return {BinaryOperator::minus, power_add};
    case TokenKind::star:
      return {BinaryOperator::times, power_multiply};
    case TokenKind::slash:
      return {BinaryOperator::divide, power_multiply};
    case TokenKind::percent:
      return {BinaryOperator::remainder, power_multiply};
    case TokenKind::equal:
      return {BinaryOperator::equal, power_compare};
    case TokenKind::not_equal:
      return {BinaryOperator::not_equal, power_compare};
    case TokenKind::less:
      return {BinaryOperator::less, power_compare};
    case TokenKind::less_equal:
      return {BinaryOperator::less_equal, power_compare};
    case TokenKind::greater:
      return {BinaryOperator::greater, power_compare};
    case TokenKind::greater_equal:
      return {BinaryOperator::greater_equal, power_compare};
    default:
      return {BinaryOperator::plus, 0};
  }
}

}  // namespace

void ParserCore::fail_too_deep() {
  fail_with(
      SyntaxErrorKind::too_deep, token().range, "this statement is nested too deeply",
      detail::concat("at most ", nesting_max, " parentheses and calls within each other, and ",
                     expression_depth_max, " operators in a row other than AND, OR and ||"));
}

int ParserCore::depth_of(List<Node> nodes) {
  int depth = 0;
  for (const Node node : nodes) depth = std::max(depth, depth_of(node));
  return depth;
}

Node ParserCore::expression(int least_power) {
  const auto begin = token().range;
  Node left = operand();
  operator_at_ = no_operator;
  while (const Node wider = infix(left, begin, least_power)) left = wider;
  return left;
}

// What may follow is blamed on the operator when it is no beginning of a value.
Node ParserCore::operand_of(std::size_t operator_at, std::size_t reach, int power) {
  operator_at_ = operator_at;
  operator_reach_ = reach;
  return expression(power);
}

Node ParserCore::operand() {
  const Level level(*this);
  const auto begin = token().range;
  const auto prefixed = [&](UnaryOperator op, int power) {
    advance();
    Unary node;
    node.op = op;
    node.operand = expression(power);
    return finish(node, from(begin), node.operand->depth);
  };
  if (sees(TokenKind::minus)) return prefixed(UnaryOperator::minus, power_sign);
  if (sees(TokenKind::plus)) return prefixed(UnaryOperator::plus, power_sign);
  if (sees("NOT")) return prefixed(UnaryOperator::not_, power_not);
  return postfix(primary(), begin);
}

Node ParserCore::postfix(Node operand, Range begin) {
  while (true) {
    if (sees(TokenKind::left_bracket)) {
      advance();
      operator_at_ = no_operator;
      Element node;
      node.operand = operand;
      node.index = expression();
      expect(TokenKind::right_bracket);
      operand = finish(node, from(begin), depth_of(operand, node.index));
    } else if (sees(TokenKind::dot) && sees(TokenKind::star, 1)) {
      advance();
      advance();
      Star node;
      node.operand = operand;
      operand = finish(node, from(begin), operand->depth);
    } else if (sees(TokenKind::dot)) {
      advance();
      Field node;
      node.operand = operand;
      node.name = name();
      operand = finish(node, from(begin), operand->depth);
    } else {
      return operand;
    }
  }
}

// The next operator and its right side, if it binds at least so closely; else nothing.
Node ParserCore::infix(Node left, Range begin, int least_power) {
  const auto kind = token().kind;
  if (kind == TokenKind::word) {
    return token().word_class == WordClass::name ? nullptr : infix_word(left, begin, least_power);
  }
  if (kind == TokenKind::concat) {
    return power_multiply < least_power ? nullptr
                                        : chain(left, begin, ChainOperator::concat, power_multiply);
  }
  if (kind == TokenKind::bang_equal) {
    fail_with(SyntaxErrorKind::unexpected, token().range,
              "Flink's SQL has no !=", "not equal is written <>");
  }
  const auto [op, power] = binary_power(kind);
  if (power == 0 || power < least_power) return nullptr;
  if (power == power_compare && sees_quantifier(1)) {
    Quantified node;
    node.op = op;
    advance();
    node.all = sees("ALL");
    advance();
    node.operand = left;
    expect(TokenKind::left_parenthesis);
    operator_at_ = no_operator;
    if (sees_query_start()) node.query = query();
    else node.list = list(expressions_until(TokenKind::right_parenthesis));
    expect(TokenKind::right_parenthesis);
    return finish(node, from(begin), std::max(int{left->depth}, depth_of(node.list)));
  }
  return binary(left, begin, op, 1, power);
}

Node ParserCore::binary(Node left, Range begin, BinaryOperator op, std::size_t words, int power) {
  const auto operator_at = at_;
  Binary node;
  node.op = op;
  node.left = left;
  for (std::size_t i = 0; i < words; ++i) advance();
  node.op_range = from(tokens_[operator_at].range);
  node.right = operand_of(operator_at, reach_binary, power + 1);
  return finish(node, from(begin), depth_of(left, node.right));
}

bool ParserCore::sees_operator(ChainOperator op) const {
  switch (op) {
    case ChainOperator::and_:
      return sees("AND");
    case ChainOperator::or_:
      return sees("OR");
    case ChainOperator::concat:
      return sees(TokenKind::concat);
  }
  return false;
}

Node ParserCore::chain(Node left, Range begin, ChainOperator op, int power) {
  std::vector<Node> operands{left};
  do {
    const auto operator_at = at_;
    advance();
    operands.push_back(operand_of(operator_at, reach_binary, power + 1));
  } while (sees_operator(op));
  Chain node;
  node.op = op;
  node.operands = list(operands);
  return finish(node, from(begin), depth_of(node.operands));
}

bool ParserCore::sees_quantifier(std::size_t ahead) const {
  return (sees("SOME", ahead) || sees("ANY", ahead) || sees("ALL", ahead)) &&
         sees(TokenKind::left_parenthesis, ahead + 1);
}

Node ParserCore::infix_word(Node left, Range begin, int least_power) {
  const auto chained = [&](ChainOperator op, int power) -> Node {
    return power < least_power ? nullptr : chain(left, begin, op, power);
  };
  const auto compared = [&](BinaryOperator op, std::size_t words = 1) -> Node {
    return power_compare < least_power ? nullptr : binary(left, begin, op, words, power_compare);
  };
  if (sees("AND")) return chained(ChainOperator::and_, power_and);
  if (sees("OR")) return chained(ChainOperator::or_, power_or);
  if (sees("IS")) return is_test(left, begin, least_power);
  if (sees("OVERLAPS")) return compared(BinaryOperator::overlaps);
  if (sees("CONTAINS")) return compared(BinaryOperator::contains);
  if (sees("EQUALS")) return compared(BinaryOperator::equals);
  if (sees("PRECEDES")) return compared(BinaryOperator::precedes);
  if (sees("SUCCEEDS")) return compared(BinaryOperator::succeeds);
  if (sees("IMMEDIATELY") && sees("PRECEDES", 1)) {
    return compared(BinaryOperator::immediately_precedes, 2);
  }
  if (sees("IMMEDIATELY") && sees("SUCCEEDS", 1)) {
    return compared(BinaryOperator::immediately_succeeds, 2);
  }
  if (sees("MEMBER") && sees("OF", 1)) return compared(BinaryOperator::member_of, 2);
  if (sees("SUBMULTISET") && sees("OF", 1)) return compared(BinaryOperator::submultiset_of, 2);
  if (sees("NOT") && sees("SUBMULTISET", 1) && sees("OF", 2)) {
    return compared(BinaryOperator::not_submultiset_of, 3);
  }
  if (sees("MULTISET")) return multiset_operator(left, begin, least_power);
  return negatable(left, begin, least_power);
}

Node ParserCore::multiset_operator(Node left, Range begin, int least_power) {
  const bool distinct = sees("DISTINCT", 2);
  const std::size_t words = distinct || sees("ALL", 2) ? 3 : 2;
  using enum BinaryOperator;
  BinaryOperator op = multiset_union;
  int power = power_multiset;
  if (sees("UNION", 1)) {
    op = distinct ? multiset_union_distinct : multiset_union;
  } else if (sees("EXCEPT", 1)) {
    op = distinct ? multiset_except_distinct : multiset_except;
  } else if (sees("INTERSECT", 1)) {
    op = distinct ? multiset_intersect_distinct : multiset_intersect;
    power = power_multiset_intersect;
  } else {
    return nullptr;
  }
  return power < least_power ? nullptr : binary(left, begin, op, words, power);
}

Node ParserCore::is_test(Node left, Range begin, int least_power) {
  const std::size_t words = sees("NOT", 1) ? 2 : 1;
  if (sees("DISTINCT", words) && sees("FROM", words + 1)) {
    const auto op =
        words == 2 ? BinaryOperator::is_not_distinct_from : BinaryOperator::is_distinct_from;
    return power_compare < least_power ? nullptr
                                       : binary(left, begin, op, words + 2, power_compare);
  }
  if (power_is < least_power) return nullptr;
  const auto operator_at = at_;
  Test node;
  node.operand = left;
  advance();
  node.negated = accept("NOT");
  if (!node.negated) {
    operator_at_ = operator_at;
    operator_reach_ = reach_word;
  }
  if (accept("NULL")) node.test = TestKind::null;
  else if (accept("TRUE")) node.test = TestKind::true_;
  else if (accept("FALSE")) node.test = TestKind::false_;
  else if (accept("UNKNOWN")) node.test = TestKind::unknown;
  else if (accept("EMPTY")) node.test = TestKind::empty;
  else if (accept("A", "SET")) node.test = TestKind::a_set;
  else if (accept("JSON", "OBJECT")) node.test = TestKind::json_object;
  else if (accept("JSON", "ARRAY")) node.test = TestKind::json_array;
  else if (accept("JSON", "SCALAR")) node.test = TestKind::json_scalar;
  else if (accept("JSON", "VALUE") || accept("JSON")) node.test = TestKind::json_value;
  else fail_expecting("DISTINCT FROM");
  operator_at_ = no_operator;
  return finish(node, from(begin), left->depth);
}

// [NOT] IN, BETWEEN, LIKE and its kin.
Node ParserCore::negatable(Node left, Range begin, int least_power) {
  const bool negated = sees("NOT");
  const std::size_t at = negated ? 1 : 0;
  const bool similar = sees("SIMILAR", at) && sees("TO", at + 1);
  const bool known = similar || sees("IN", at) || sees("BETWEEN", at) || sees("LIKE", at) ||
                     sees("ILIKE", at) || sees("RLIKE", at);
  if (!known || power_in < least_power) return nullptr;
  const auto operator_at = at_;
  if (negated) advance();
  if (sees("BETWEEN")) return between(left, begin, negated);
  if (sees("IN")) return in(left, begin, negated);
  const auto kind = similar         ? LikeKind::similar_to
                    : sees("LIKE")  ? LikeKind::like
                    : sees("ILIKE") ? LikeKind::ilike
                                    : LikeKind::rlike;
  return like(left, begin, kind, negated, operator_at);
}

Node ParserCore::between(Node left, Range begin, bool negated) {
  Between node;
  node.negated = negated;
  node.operand = left;
  auto operator_at = at_;
  advance();
  node.symmetric = accept("SYMMETRIC");
  const bool said = node.symmetric || accept("ASYMMETRIC");
  node.low = operand_of(operator_at, said || negated ? 0 : reach_word, power_in + 1);
  operator_at = at_;
  expect("AND");
  node.high = operand_of(operator_at, reach_word, power_in + 1);
  return finish(node, from(begin), depth_of(left, node.low, node.high));
}

Node ParserCore::in(Node left, Range begin, bool negated) {
  In node;
  node.negated = negated;
  node.operand = left;
  operator_at_ = at_;
  operator_reach_ = negated ? 0 : reach_word;
  advance();
  expect(TokenKind::left_parenthesis);
  operator_at_ = no_operator;
  if (sees_query_start()) node.query = query();
  else node.list = list(expressions_until(TokenKind::right_parenthesis));
  expect(TokenKind::right_parenthesis);
  return finish(node, from(begin), std::max(int{left->depth}, depth_of(node.list)));
}

Node ParserCore::like(Node left, Range begin, LikeKind kind, bool negated,
                      std::size_t operator_at) {
  Like node;
  node.like = kind;
  node.negated = negated;
  node.operand = left;
  advance();
  if (kind == LikeKind::similar_to) advance();
  const bool short_form = !negated && kind != LikeKind::similar_to;
  node.pattern = operand_of(operator_at, short_form ? reach_word : 0, power_in + 1);
  if (sees("ESCAPE")) {
    advance();
    node.escape = operand();
  }
  return finish(node, from(begin), depth_of(left, node.pattern, node.escape));
}

}  // namespace flink::sql
