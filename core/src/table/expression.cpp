// SPDX-License-Identifier: Apache-2.0
#include "table/expression.h"

namespace flink::table {

ExpressionPointer literal_expression(LogicalType type, const Datum& value) {
  auto out = std::make_shared<Expression>();
  out->type = std::move(type);
  out->value = value;
  if (!value.null && width_of(out->type) == 16 &&
      (out->type.is_character() || out->type.is_binary() || out->type.is(TypeRoot::variant) ||
       out->type.is(TypeRoot::bitmap) || out->type.is(TypeRoot::symbol))) {
    const auto text = std::make_shared<const std::string>(value.text());
    out->value = Datum{std::string_view{*text}};
    out->keeps = text;
  }
  return out;
}

ExpressionPointer column_expression(LogicalType type, std::size_t column) {
  auto out = std::make_shared<Expression>();
  out->kind = ExpressionKind::column;
  out->type = std::move(type);
  out->column = column;
  return out;
}

static Determinism weakest(Determinism own, const std::vector<ExpressionPointer>& arguments) {
  for (const auto& argument : arguments) own = std::max(own, argument->determinism);
  return own;
}

ExpressionPointer call_expression(const Implementation& implementation, LogicalType result,
                                  std::vector<ExpressionPointer> arguments,
                                  Determinism determinism) {
  auto out = std::make_shared<Expression>();
  out->kind = ExpressionKind::call;
  out->type = std::move(result);
  out->implementation = implementation;
  std::vector<LogicalType> types;
  for (const auto& argument : arguments) types.push_back(argument->type);
  out->call = Call{std::move(types), out->type};
  out->determinism = weakest(determinism, arguments);
  out->arguments = std::move(arguments);
  return out;
}

ExpressionPointer form_expression(ExpressionKind kind, LogicalType result,
                                  std::vector<ExpressionPointer> arguments) {
  auto out = std::make_shared<Expression>();
  out->kind = kind;
  out->type = std::move(result);
  out->determinism = weakest(Determinism::pure, arguments);
  out->arguments = std::move(arguments);
  return out;
}

}  // namespace flink::table
