// SPDX-License-Identifier: Apache-2.0
#include "unit/sql/tree_text.h"

#include "sql/printer.h"

namespace flink::sql::test {
namespace {

std::string list_of(const std::string& head, std::initializer_list<Node> nodes) {
  std::string out = "(" + head;
  for (const Node node : nodes) out += node == nullptr ? " -" : " " + tree_text(*node);
  return out + ")";
}

std::string list_of(const std::string& head, const std::vector<Node>& nodes) {
  std::string out = "(" + head;
  for (const Node node : nodes) out += node == nullptr ? " -" : " " + tree_text(*node);
  return out + ")";
}

std::vector<Node> vector_of(List<Node> nodes) { return {nodes.begin(), nodes.end()}; }

std::string number(int value) { return std::to_string(value); }

std::string call_text(const Call& call) {
  std::vector<Node> parts;
  for (const auto& argument : call.arguments) parts.push_back(argument.value);
  for (const auto& item : call.order_by) parts.push_back(item.value);
  for (const auto& item : call.within_group) parts.push_back(item.value);
  if (call.filter != nullptr) parts.push_back(call.filter);
  if (call.over != nullptr) {
    for (const Node node : call.over->partition_by) parts.push_back(node);
    for (const auto& item : call.over->order_by) parts.push_back(item.value);
  }
  std::string head = quoted_path(call.name) + number(static_cast<int>(call.form));
  for (char& c : head) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  return list_of(head + (call.distinct ? " DISTINCT" : "") + (call.star ? " *" : ""), parts);
}

}  // namespace

std::string tree_text(const Expression& node) {
  switch (node.kind) {
    case ExpressionKind::unary: {
      const auto& unary = as<Unary>(node);
      const char* const ops[] = {"NOT", "-", "+"};
      return list_of(ops[static_cast<int>(unary.op)], {unary.operand});
    }
    case ExpressionKind::binary: {
      const auto& binary = as<Binary>(node);
      const char* const ops[] = {"+", "-", "*", "/", "%", "=", "<>", "<", "<=", ">", ">="};
      const auto op = static_cast<std::size_t>(binary.op);
      return list_of(op < std::size(ops) ? ops[op] : "binary" + std::to_string(op),
                     {binary.left, binary.right});
    }
    case ExpressionKind::chain: {
      const char* const ops[] = {"AND", "OR", "||"};
      const auto& chain = as<Chain>(node);
      return list_of(ops[static_cast<int>(chain.op)], vector_of(chain.operands));
    }
    case ExpressionKind::test: {
      const auto& test = as<Test>(node);
      return list_of((test.negated ? "is-not" : "is") + number(static_cast<int>(test.test)),
                     {test.operand});
    }
    case ExpressionKind::between: {
      const auto& between = as<Between>(node);
      return list_of(std::string(between.negated ? "not-" : "") + "between" +
                         (between.symmetric ? "-symmetric" : ""),
                     {between.operand, between.low, between.high});
    }
    case ExpressionKind::in: {
      const auto& in = as<In>(node);
      auto parts = vector_of(in.list);
      parts.insert(parts.begin(), in.operand);
      return list_of(in.negated ? "not-in" : "in", parts);
    }
    case ExpressionKind::like: {
      const auto& like = as<Like>(node);
      return list_of((like.negated ? "not-like" : "like") + number(static_cast<int>(like.like)),
                     {like.operand, like.pattern, like.escape});
    }
    case ExpressionKind::case_: {
      const auto& case_ = as<Case>(node);
      std::vector<Node> parts{case_.operand};
      for (const auto& when : case_.whens) {
        for (const Node value : when.values) parts.push_back(value);
        parts.push_back(when.then);
      }
      parts.push_back(case_.otherwise);
      return list_of("case", parts);
    }
    case ExpressionKind::cast:
      return list_of((as<Cast>(node).try_ ? "try-cast " : "cast ") + print(*as<Cast>(node).type),
                     {as<Cast>(node).operand});
    case ExpressionKind::constructor: {
      const auto& made = as<Constructor>(node);
      return list_of("new" + number(static_cast<int>(made.constructor)), vector_of(made.elements));
    }
    case ExpressionKind::element:
      return list_of("[]", {as<Element>(node).operand, as<Element>(node).index});
    case ExpressionKind::field:
      return list_of("." + quoted_name(as<Field>(node).name.text), {as<Field>(node).operand});
    case ExpressionKind::call:
      return call_text(as<Call>(node));
    default:
      return print(node);
  }
}

}  // namespace flink::sql::test
