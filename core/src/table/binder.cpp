// SPDX-License-Identifier: Apache-2.0
#include "table/binder.h"

#include "table/arithmetic.h"
#include "table/cast.h"
#include "table/fn/collection.h"
#include "table/type_merging.h"

namespace flink::table {

bool is_null_literal(const Expression& expression) {
  return expression.kind == ExpressionKind::literal && expression.type.is(TypeRoot::null);
}
bool is_null_constant(const Expression& expression) {
  return expression.kind == ExpressionKind::literal && expression.value.null;
}

ExpressionPointer cast_to(ExpressionPointer value, const LogicalType& type) {
  if (value->type.same(type)) return value;
  if (is_null_constant(*value)) return literal_expression(type.with_nullable(true), Datum{});
  const auto loop = cast_implementation(value->type, type);
  return call_expression(loop, type.with_nullable(value->type.nullable()), {value});
}

ExpressionPointer strict_call(const Implementation& implementation, const LogicalType& result,
                              std::vector<ExpressionPointer> arguments) {
  bool nullable = false;
  for (const auto& argument : arguments) nullable = nullable || argument->type.nullable();
  return call_expression(implementation, result.with_nullable(nullable), std::move(arguments));
}

ExpressionPointer Binder::bind(const sql::Expression& node) {
  auto bound = bind_node(node);
  if (is_null_literal(*bound)) reject(node.range, "NULL has no type here", "CAST(NULL AS INT) has");
  return bound;
}

ExpressionPointer Binder::bind_node(const sql::Expression& node) {
  using Kind = sql::ExpressionKind;
  if (scope_) {
    if (auto known = scope_->known(node)) return known;
  }
  switch (node.kind) {
    case Kind::literal:
      return bind_literal(sql::as<sql::Literal>(node));
    case Kind::interval_literal:
      return bind_interval(sql::as<sql::IntervalLiteral>(node));
    case Kind::interval_of:
      return bind_interval_of(sql::as<sql::IntervalOf>(node));
    case Kind::interval_between:
      return bind_interval_between(sql::as<sql::IntervalBetween>(node));
    case Kind::name:
      return bind_name(sql::as<sql::NameReference>(node));
    case Kind::symbol: {
      return literal_expression(LogicalType{TypeRoot::symbol}.not_null(),
                                Datum{sql::as<sql::Symbol>(node).text});
    }
    case Kind::unary:
      return bind_unary(sql::as<sql::Unary>(node));
    case Kind::binary:
      return bind_binary(sql::as<sql::Binary>(node));
    case Kind::chain:
      return bind_chain(sql::as<sql::Chain>(node));
    case Kind::test:
      return bind_test(sql::as<sql::Test>(node));
    case Kind::between:
      return bind_between(sql::as<sql::Between>(node));
    case Kind::in:
      return bind_in(sql::as<sql::In>(node));
    case Kind::like:
      return bind_like(sql::as<sql::Like>(node));
    case Kind::case_:
      return bind_case(sql::as<sql::Case>(node));
    case Kind::cast:
      return bind_cast(sql::as<sql::Cast>(node));
    case Kind::constructor:
      return bind_constructor(sql::as<sql::Constructor>(node));
    case Kind::element:
      return bind_element(sql::as<sql::Element>(node));
    case Kind::field: {
      const auto& field = sql::as<sql::Field>(node);
      return bind_field(bind_node(*field.operand), field.name);
    }
    case Kind::call:
      return bind_call(sql::as<sql::Call>(node));
    case Kind::json:
      return bind_json(sql::as<sql::Json>(node));
    default:
      break;
  }
  reject(node.range, "this cannot stand in an expression here");
}

ExpressionPointer Binder::bind_name(const sql::NameReference& node) {
  std::size_t used = 0;
  auto found = scope_ ? scope_->find(node.path, used) : nullptr;
  if (!found && node.path.size() == 1 && node.path[0].text == "PI" && !node.path[0].quoted) {
    return bind_function("PI", node.range, {});
  }
  if (!found) {
    reject(node.range, "there is no column '" + std::string{node.path.front().text} + "'");
  }
  for (; used < node.path.size(); ++used) found = bind_field(found, node.path[used]);
  return found;
}

ExpressionPointer Binder::bind_field(const ExpressionPointer& row, const sql::Name& name) {
  for (std::size_t i = 0; row->type.is(TypeRoot::row) && i < row->type.size(); ++i) {
    if (row->type.field(i).name != name.text) continue;
    const auto index = literal_expression(LogicalType{TypeRoot::integer}.not_null(),
                                          Datum{static_cast<std::int32_t>(i)});
    const LogicalType& type = row->type.child(i);
    return call_expression(implementation<&fn::field_at>(),
                           type.with_nullable(type.nullable() || row->type.nullable()),
                           {row, index});
  }
  reject(name.range, row->type.summary() + " has no field '" + std::string{name.text} + "'");
}

ExpressionPointer Binder::bind_boolean(const sql::Expression& node, std::string_view where) {
  auto value = bind_node(node);
  if (!value->type.is(TypeRoot::boolean)) {
    reject(node.range,
           std::string{where} + " takes a BOOLEAN, and this is " + value->type.summary());
  }
  return value;
}

ExpressionPointer Binder::bind_unary(const sql::Unary& node) {
  if (node.op == sql::UnaryOperator::not_)
    return not_expression(bind_boolean(*node.operand, "NOT"));
  const auto* number = sql::try_as<sql::Literal>(node.operand);
  if (node.op == sql::UnaryOperator::minus && number &&
      (number->literal == sql::LiteralKind::exact ||
       number->literal == sql::LiteralKind::approximate)) {
    return bind_negative(*number);
  }
  const auto value = bind_node(*node.operand);
  if (is_null_literal(*value)) reject(node.range, "a sign before NULL has no type");
  const auto loop = negation_of(value->type);
  if (!loop) reject(node.range, "there is no sign before " + value->type.summary());
  if (node.op == sql::UnaryOperator::plus) return value;
  return strict_call(*loop, value->type, {value});
}

namespace {

std::optional<Arithmetic> arithmetic_operator(sql::BinaryOperator op) {
  switch (op) {
    case sql::BinaryOperator::plus:
      return Arithmetic::plus;
    case sql::BinaryOperator::minus:
      return Arithmetic::minus;
    case sql::BinaryOperator::times:
      return Arithmetic::times;
    case sql::BinaryOperator::divide:
      return Arithmetic::divide;
    case sql::BinaryOperator::remainder:
      return Arithmetic::remainder;
    default:
      return {};
  }
}

std::string pair_text(const Expression& left, const Expression& right) {
  return left.type.summary() + " and " + right.type.summary();
}

}  // namespace

std::optional<Comparison> comparison_operator(sql::BinaryOperator op) {
  switch (op) {
    case sql::BinaryOperator::equal:
      return Comparison::equal;
    case sql::BinaryOperator::not_equal:
      return Comparison::not_equal;
    case sql::BinaryOperator::less:
      return Comparison::less;
    case sql::BinaryOperator::less_equal:
      return Comparison::less_equal;
    case sql::BinaryOperator::greater:
      return Comparison::greater;
    case sql::BinaryOperator::greater_equal:
      return Comparison::greater_equal;
    default:
      return {};
  }
}

ExpressionPointer arithmetic_expression(Arithmetic op, ExpressionPointer left,
                                        ExpressionPointer right, sql::Range range) {
  const bool numbers_last = op == Arithmetic::times || op == Arithmetic::plus;
  const bool turned =
      numbers_last && left->type.is_interval() != right->type.is_interval() &&
      (op == Arithmetic::times ? right->type.is_interval() && left->type.is_numeric()
                               : left->type.is_interval());
  if (turned) std::swap(left, right);
  const auto found = arithmetic_of(op, left->type, right->type);
  if (!found) {
    reject(range, "there is no such operation on " + pair_text(*left, *right));
  }
  return strict_call(found->implementation, found->result,
                     {cast_to(left, found->left), cast_to(right, found->right)});
}

ExpressionPointer Binder::bind_binary(const sql::Binary& node) {
  if (node.op == sql::BinaryOperator::overlaps || node.op == sql::BinaryOperator::contains ||
      node.op == sql::BinaryOperator::equals || node.op == sql::BinaryOperator::precedes ||
      node.op == sql::BinaryOperator::succeeds ||
      node.op == sql::BinaryOperator::immediately_precedes ||
      node.op == sql::BinaryOperator::immediately_succeeds) {
    return bind_period(node);
  }
  const auto left = bind_node(*node.left), right = bind_node(*node.right);
  if (const auto op = arithmetic_operator(node.op)) {
    if (is_null_literal(*left) || is_null_literal(*right)) {
      reject(node.op_range, "NULL has no type here", "CAST(NULL AS INT) has");
    }
    return arithmetic_expression(*op, left, right, node.op_range);
  }
  ExpressionPointer out;
  if (const auto op = comparison_operator(node.op)) {
    out = compare_expression(*op, left, right);
  } else if (node.op == sql::BinaryOperator::is_distinct_from ||
             node.op == sql::BinaryOperator::is_not_distinct_from) {
    out = distinct_expression(node.op == sql::BinaryOperator::is_distinct_from, left, right);
  } else {
    reject(node.op_range, "this operator is not supported");
  }
  if (!out) reject(node.op_range, pair_text(*left, *right) + " cannot be compared");
  return out;
}

ExpressionPointer Binder::bind_chain(const sql::Chain& node) {
  Arguments operands;
  if (node.op == sql::ChainOperator::concat) {
    auto out = bind_node(*node.operands[0]);
    for (std::size_t i = 1; i < node.operands.size(); ++i) {
      out = bind_function("||", node.range, {out, bind_node(*node.operands[i])});
    }
    return out;
  }
  const bool conjunction = node.op == sql::ChainOperator::and_;
  bool nullable = false;
  for (const sql::Node operand : node.operands) {
    operands.push_back(bind_boolean(*operand, conjunction ? "AND" : "OR"));
    nullable = nullable || operands.back()->type.nullable();
  }
  return form_expression(conjunction ? ExpressionKind::conjunction : ExpressionKind::disjunction,
                         LogicalType{TypeRoot::boolean}.with_nullable(nullable),
                         std::move(operands));
}

namespace {

bool is_null(const Datum& value) { return value.null; }
bool is_not_null(const Datum& value) { return !value.null; }
bool is_true(std::optional<bool> value) { return value.value_or(false); }
bool is_false(std::optional<bool> value) { return !value.value_or(true); }
bool is_not_true(std::optional<bool> value) { return !is_true(value); }
bool is_not_false(std::optional<bool> value) { return !is_false(value); }

Implementation test_of(sql::TestKind test, bool negated) {
  switch (test) {
    case sql::TestKind::true_:
      return negated ? implementation<&is_not_true>() : implementation<&is_true>();
    case sql::TestKind::false_:
      return negated ? implementation<&is_not_false>() : implementation<&is_false>();
    default:
      return negated ? implementation<&is_not_null>() : implementation<&is_null>();
  }
}

}  // namespace

ExpressionPointer null_test(ExpressionPointer value) {
  return call_expression(test_of(sql::TestKind::null, false),
                         LogicalType{TypeRoot::boolean}.not_null(), {std::move(value)});
}

ExpressionPointer Binder::bind_test(const sql::Test& node) {
  ExpressionPointer out;
  switch (node.test) {
    case sql::TestKind::json_value:
      out = bind_function("IS JSON VALUE", node.range, {bind_node(*node.operand)});
      break;
    case sql::TestKind::json_object:
      out = bind_function("IS JSON OBJECT", node.range, {bind_node(*node.operand)});
      break;
    case sql::TestKind::json_array:
      out = bind_function("IS JSON ARRAY", node.range, {bind_node(*node.operand)});
      break;
    case sql::TestKind::json_scalar:
      out = bind_function("IS JSON SCALAR", node.range, {bind_node(*node.operand)});
      break;
    case sql::TestKind::a_set:
    case sql::TestKind::empty:
      reject(node.range, "tests of multisets are not supported");
    case sql::TestKind::null:
      return call_expression(test_of(node.test, node.negated),
                             LogicalType{TypeRoot::boolean}.not_null(), {bind_node(*node.operand)});
    default:
      return call_expression(test_of(node.test, node.negated),
                             LogicalType{TypeRoot::boolean}.not_null(),
                             {bind_boolean(*node.operand, "IS")});
  }
  return node.negated ? not_expression(out) : out;
}

ExpressionPointer Binder::bind_between(const sql::Between& node) {
  const auto value = bind_node(*node.operand);
  const auto low = bind_node(*node.low), high = bind_node(*node.high);
  const auto within = [&](const ExpressionPointer& from, const ExpressionPointer& to) {
    const auto above = compare_expression(Comparison::greater_equal, value, from);
    const auto below = compare_expression(Comparison::less_equal, value, to);
    if (!above || !below) {
      reject(node.range, pair_text(*value, above ? *to : *from) + " cannot be compared");
    }
    const bool nullable = above->type.nullable() || below->type.nullable();
    return form_expression(ExpressionKind::conjunction,
                           LogicalType{TypeRoot::boolean}.with_nullable(nullable), {above, below});
  };
  ExpressionPointer out = within(low, high);
  if (node.symmetric) {
    out = form_expression(ExpressionKind::disjunction, out->type, {out, within(high, low)});
  }
  return node.negated ? not_expression(out) : out;
}

static bool have_common_type(const std::vector<ExpressionPointer>& items) {
  std::vector<LogicalType> types;
  for (const auto& item : items) {
    if (!is_null_literal(*item)) types.push_back(item->type);
  }
  return types.empty() || least_restrictive_type(types);
}

ExpressionPointer Binder::bind_in(const sql::In& node) {
  if (node.query) reject(node.range, "a sub-query cannot stand in an expression here");
  const auto value = bind_node(*node.operand);
  Arguments tests;
  bool nullable = false;
  for (const sql::Node item : node.list) tests.push_back(bind_node(*item));
  if (!have_common_type(tests)) reject(node.range, "the list's items have no type in common");
  for (std::size_t i = 0; i < tests.size(); ++i) {
    auto left = value, right = tests[i];
    // Unlike = it finds numbers in text.
    const bool text = left->type.is_character() != right->type.is_character();
    if (text && left->type.is_numeric()) right = cast_to(right, left->type);
    if (text && right->type.is_numeric()) left = cast_to(left, right->type);
    tests[i] = compare_expression(Comparison::equal, left, right);
    if (!tests[i]) {
      reject(node.list[i]->range, pair_text(*left, *right) + " cannot be compared");
    }
    nullable = nullable || tests[i]->type.nullable();
  }
  auto out =
      form_expression(ExpressionKind::disjunction,
                      LogicalType{TypeRoot::boolean}.with_nullable(nullable), std::move(tests));
  return node.negated ? not_expression(out) : out;
}

ExpressionPointer Binder::bind_like(const sql::Like& node) {
  constexpr std::string_view names[] = {"LIKE", "ILIKE", "RLIKE", "SIMILAR TO"};
  Arguments arguments = {bind_node(*node.operand), bind_node(*node.pattern)};
  if (node.escape) arguments.push_back(bind_node(*node.escape));
  auto out =
      bind_function(names[static_cast<std::size_t>(node.like)], node.range, std::move(arguments));
  return node.negated ? not_expression(out) : out;
}

}  // namespace flink::table
