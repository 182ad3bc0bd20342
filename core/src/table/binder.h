// SPDX-License-Identifier: Apache-2.0
// From what was written to what it means: names are resolved, overloads chosen, implicit casts put
// in, types and nullability known. What cannot be is a BindError at its place in the text.
#pragma once

#include <optional>
#include <string>

#include "sql/call.h"
#include "sql/expression.h"
#include "table/arithmetic.h"
#include "table/expression.h"

namespace flink::table {

struct BindError {
  sql::Range range;
  std::string what;
  std::string hint;
};

// The columns that an expression may name.
class Scope {
 public:
  Scope() = default;
  Scope(const Scope&) = delete;
  Scope& operator=(const Scope&) = delete;
  virtual ~Scope() = default;
  // A column, the path's first `used` parts; what is left are fields of it. Null: there is none.
  virtual ExpressionPointer find(const sql::Path& path, std::size_t& used) const = 0;
  // What stands for an expression as a whole: an aggregate's result, a sub-query's. Null: nothing.
  virtual ExpressionPointer known(const sql::Expression& /*node*/) const { return nullptr; }
};

class Binder {
 public:
  Binder(const Registry& registry, const Session& session, const Scope* scope = nullptr)
      : registry_(registry), session_(session), scope_(scope) {}

  ExpressionPointer bind(const sql::Expression& node);

 private:
  using Arguments = std::vector<ExpressionPointer>;

  ExpressionPointer bind_node(const sql::Expression& node);

  ExpressionPointer bind_name(const sql::NameReference& node);
  ExpressionPointer bind_field(const ExpressionPointer& row, const sql::Name& name);
  ExpressionPointer bind_unary(const sql::Unary& node);
  ExpressionPointer bind_binary(const sql::Binary& node);
  ExpressionPointer bind_period(const sql::Binary& node);
  ExpressionPointer bind_chain(const sql::Chain& node);
  ExpressionPointer bind_test(const sql::Test& node);
  ExpressionPointer bind_between(const sql::Between& node);
  ExpressionPointer bind_in(const sql::In& node);
  ExpressionPointer bind_like(const sql::Like& node);
  ExpressionPointer bind_case(const sql::Case& node);
  ExpressionPointer bind_cast(const sql::Cast& node);
  ExpressionPointer bind_constructor(const sql::Constructor& node);
  ExpressionPointer bind_element(const sql::Element& node);
  ExpressionPointer bind_call(const sql::Call& node);
  ExpressionPointer bind_json(const sql::Json& node);
  ExpressionPointer bind_json_query(const sql::Json& node);
  ExpressionPointer bind_interval_between(const sql::IntervalBetween& node);
  ExpressionPointer bind_interval_of(const sql::IntervalOf& node);

  // Functions that are more than a row of the registry; null: it is none of them.
  ExpressionPointer bind_conditional(const sql::Call& node, std::string_view name);
  // A row of the registry.
  ExpressionPointer bind_function(std::string_view name, sql::Range range, Arguments arguments);

  ExpressionPointer bind_boolean(const sql::Expression& node, std::string_view where);
  Arguments bind_all(const sql::List<sql::Argument>& arguments);

  const Registry& registry_;
  const Session& session_;
  const Scope* scope_;
};

// Parts that stand alone.

[[noreturn]] void reject(sql::Range range, std::string what, std::string hint = "");

// Throws BindError for a type that there is not.
LogicalType logical_type_of(const sql::DataType& type);
ExpressionPointer bind_literal(const sql::Literal& node);
// With a minus before a number.
ExpressionPointer bind_negative(const sql::Literal& node);
ExpressionPointer bind_interval(const sql::IntervalLiteral& node);

// JSON_OBJECT and JSON_ARRAY: what they give is JSON text, and stands in other JSON as it is.
bool makes_json(const sql::Expression& node);

// The same value as another type; the nullability is the value's.
ExpressionPointer cast_to(ExpressionPointer value, const LogicalType& type);
// A call whose result is NULL only when an argument may be.
ExpressionPointer strict_call(const Implementation& implementation, const LogicalType& result,
                              std::vector<ExpressionPointer> arguments);
bool is_null_literal(const Expression& expression);
// NULL by itself or cast to a type: what it is compared with does not matter.
bool is_null_constant(const Expression& expression);

enum class Comparison : std::uint8_t { equal, not_equal, less, less_equal, greater, greater_equal };

// Nothing: it compares nothing.
std::optional<Comparison> comparison_operator(sql::BinaryOperator op);
// a op b, after casts; null when the types cannot be compared.
ExpressionPointer compare_expression(Comparison op, ExpressionPointer left,
                                     ExpressionPointer right);
// What a call compares with; nothing: it is no comparison.
std::optional<Comparison> comparison_of(const Expression& expression);
bool is_not_distinct_from(const Expression& expression);
ExpressionPointer distinct_expression(bool distinct, ExpressionPointer left,
                                      ExpressionPointer right);
ExpressionPointer arithmetic_expression(Arithmetic op, ExpressionPointer left,
                                        ExpressionPointer right, sql::Range range);
// CASE: condition and value in turns, what is else last.
ExpressionPointer choice_expression(std::vector<ExpressionPointer> arguments, sql::Range range);
ExpressionPointer not_expression(ExpressionPointer value);
ExpressionPointer null_test(ExpressionPointer value);  // IS NULL

}  // namespace flink::table
