// SPDX-License-Identifier: Apache-2.0
// An expression that has been bound: every node has its type, every cast stands in the tree, every
// call has its loop. Shared and unchanging.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "table/function.h"

namespace flink::table {

enum class ExpressionKind : std::uint8_t {
  literal,
  column,       // of the input
  call,         // evaluates all arguments, then its loop
  try_cast,     // a call whose failures are NULL
  conjunction,  // AND: what follows is evaluated where the result is still open
  disjunction,  // OR
  choice,       // CASE: condition, value, condition, value, ..., else
  first_known,  // COALESCE: the first argument that is not NULL
};

struct Expression;
using ExpressionPointer = std::shared_ptr<const Expression>;

struct Expression {
  ExpressionKind kind = ExpressionKind::literal;
  LogicalType type;
  std::vector<ExpressionPointer> arguments;
  Datum value;  // of a literal
  std::size_t column = 0;
  Implementation implementation;  // of a call
  Call call;
  Determinism determinism = Determinism::pure;
  std::shared_ptr<const void> keeps;  // what a literal's value views
  std::size_t from = 0, to = 0;       // in the user's text
};

// Text is copied; other views into something else must outlive the expression.
ExpressionPointer literal_expression(LogicalType type, const Datum& value);
ExpressionPointer column_expression(LogicalType type, std::size_t column);
ExpressionPointer call_expression(const Implementation& implementation, LogicalType result,
                                  std::vector<ExpressionPointer> arguments,
                                  Determinism determinism = Determinism::pure);
ExpressionPointer form_expression(ExpressionKind kind, LogicalType result,
                                  std::vector<ExpressionPointer> arguments);

}  // namespace flink::table
