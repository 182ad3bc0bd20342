// SPDX-License-Identifier: Apache-2.0
#include "planner/walk.h"

namespace flink::planner {

namespace {

using Kind = sql::ExpressionKind;

class Children {
 public:
  explicit Children(const Visit& visit) : visit_(visit) {}

  void one(sql::Node node) const {
    if (node) visit_(*node);
  }
  void all(const sql::List<sql::Node>& nodes) const {
    for (const sql::Node node : nodes) one(node);
  }
  void all(const sql::List<sql::OrderItem>& items) const {
    for (const auto& item : items) one(item.value);
  }
  void all(const sql::List<sql::Argument>& arguments) const {
    for (const auto& argument : arguments) one(argument.value);
  }
  void of_call(const sql::Call& call) const {
    all(call.arguments);
    all(call.order_by);
    all(call.within_group);
    one(call.filter);
    if (!call.over) return;
    all(call.over->partition_by);
    all(call.over->order_by);
  }
  void of_case(const sql::Case& node) const {
    one(node.operand);
    for (const auto& when : node.whens) {
      all(when.values);
      one(when.then);
    }
    one(node.otherwise);
  }
  void of_json(const sql::Json& node) const {
    one(node.input);
    all(node.passing);
    for (const auto& pair : node.pairs) {
      one(pair.key);
      one(pair.value);
    }
  }

 private:
  const Visit& visit_;
};

}  // namespace

void for_each_child(const sql::Expression& node, const Visit& visit) {
  const Children children{visit};
  switch (node.kind) {
    case Kind::interval_of:
      return children.one(sql::as<sql::IntervalOf>(node).operand);
    case Kind::interval_between:
      children.one(sql::as<sql::IntervalBetween>(node).left);
      return children.one(sql::as<sql::IntervalBetween>(node).right);
    case Kind::unary:
      return children.one(sql::as<sql::Unary>(node).operand);
    case Kind::binary:
      children.one(sql::as<sql::Binary>(node).left);
      return children.one(sql::as<sql::Binary>(node).right);
    case Kind::chain:
      return children.all(sql::as<sql::Chain>(node).operands);
    case Kind::test:
      return children.one(sql::as<sql::Test>(node).operand);
    case Kind::between:
      children.one(sql::as<sql::Between>(node).operand);
      children.one(sql::as<sql::Between>(node).low);
      return children.one(sql::as<sql::Between>(node).high);
    case Kind::in:
      children.one(sql::as<sql::In>(node).operand);
      return children.all(sql::as<sql::In>(node).list);
    case Kind::like:
      children.one(sql::as<sql::Like>(node).operand);
      children.one(sql::as<sql::Like>(node).pattern);
      return children.one(sql::as<sql::Like>(node).escape);
    case Kind::quantified:
      children.one(sql::as<sql::Quantified>(node).operand);
      return children.all(sql::as<sql::Quantified>(node).list);
    case Kind::case_:
      return children.of_case(sql::as<sql::Case>(node));
    case Kind::cast:
      return children.one(sql::as<sql::Cast>(node).operand);
    case Kind::call:
      return children.of_call(sql::as<sql::Call>(node));
    case Kind::json:
      return children.of_json(sql::as<sql::Json>(node));
    case Kind::constructor:
      return children.all(sql::as<sql::Constructor>(node).elements);
    case Kind::element:
      children.one(sql::as<sql::Element>(node).operand);
      return children.one(sql::as<sql::Element>(node).index);
    case Kind::field:
      return children.one(sql::as<sql::Field>(node).operand);
    default:
      return;
  }
}

}  // namespace flink::planner
