// SPDX-License-Identifier: Apache-2.0
// Comparisons: which types can be compared, as what, by which loop.
#include <cmath>

#include "table/binder.h"
#include "table/fn/collection.h"
#include "table/fn/decimal.h"
#include "table/type_merging.h"
#include "table/value_order.h"

namespace flink::table {

namespace {

template <Comparison op>
bool decide(int order) {
  switch (op) {
    case Comparison::equal:
      return order == 0;
    case Comparison::not_equal:
      return order != 0;
    case Comparison::less:
      return order < 0;
    case Comparison::less_equal:
      return order <= 0;
    case Comparison::greater:
      return order > 0;
    case Comparison::greater_equal:
      return order >= 0;
  }
  return false;
}

template <Comparison op, class T>
bool compare_numbers(T a, T b) {
  if constexpr (std::is_floating_point_v<T>) {
    // As Java orders them: NaN is the largest number, and equal to itself.
    if (std::isnan(a) || std::isnan(b)) {
      return decide<op>(std::isnan(a) == std::isnan(b) ? 0 : std::isnan(a) ? 1 : -1);
    }
  }
  switch (op) {
    case Comparison::equal:
      return a == b;
    case Comparison::not_equal:
      return a != b;
    case Comparison::less:
      return a < b;
    case Comparison::less_equal:
      return a <= b;
    case Comparison::greater:
      return a > b;
    case Comparison::greater_equal:
      return a >= b;
  }
  return false;
}

template <Comparison op>
bool compare_decimal(const Call& call, Decimal a, Decimal b) {
  return decide<op>(fn::compare_decimals(a.unscaled, call.arguments[0].scale(), b.unscaled,
                                         call.arguments[1].scale()));
}
template <Comparison op>
bool compare_text(std::string_view a, std::string_view b) {
  return decide<op>(a.compare(b));
}
template <Comparison op>
bool compare_timestamp(Timestamp a, Timestamp b) {
  const int order = a.millis != b.millis ? (a.millis < b.millis ? -1 : 1)
                                         : (a.nanos < b.nanos   ? -1
                                            : a.nanos > b.nanos ? 1
                                                                : 0);
  return decide<op>(order);
}
template <Comparison op>
bool compare_any(const Call& call, const Any& a, const Any& b) {
  const LogicalType& type = call.arguments[0];
  if constexpr (op == Comparison::equal) return equal_values(type, a, b);
  if constexpr (op == Comparison::not_equal) return !equal_values(type, a, b);
  return decide<op>(compare_values(type, a, b));
}

template <Comparison op>
Implementation comparison_of(const LogicalType& type) {
  switch (type.root()) {
    case TypeRoot::tinyint:
      return implementation<&compare_numbers<op, std::int8_t>>();
    case TypeRoot::smallint:
      return implementation<&compare_numbers<op, std::int16_t>>();
    case TypeRoot::integer:
    case TypeRoot::date:
    case TypeRoot::time:
    case TypeRoot::interval_year_month:
      return implementation<&compare_numbers<op, std::int32_t>>();
    case TypeRoot::bigint:
    case TypeRoot::interval_day_time:
      return implementation<&compare_numbers<op, std::int64_t>>();
    case TypeRoot::float_:
      return implementation<&compare_numbers<op, float>>();
    case TypeRoot::double_:
      return implementation<&compare_numbers<op, double>>();
    case TypeRoot::boolean:
      return implementation<&compare_numbers<op, bool>>();
    case TypeRoot::decimal:
      return implementation<&compare_decimal<op>>();
    case TypeRoot::char_:
    case TypeRoot::varchar:
    case TypeRoot::binary:
    case TypeRoot::varbinary:
      return implementation<&compare_text<op>>();
    case TypeRoot::timestamp:
    case TypeRoot::timestamp_ltz:
      return implementation<&compare_timestamp<op>>();
    default:
      return implementation<&compare_any<op>>();
  }
}

Implementation comparison(Comparison op, const LogicalType& type) {
  switch (op) {
    case Comparison::equal:
      return comparison_of<Comparison::equal>(type);
    case Comparison::not_equal:
      return comparison_of<Comparison::not_equal>(type);
    case Comparison::less:
      return comparison_of<Comparison::less>(type);
    case Comparison::less_equal:
      return comparison_of<Comparison::less_equal>(type);
    case Comparison::greater:
      return comparison_of<Comparison::greater>(type);
    case Comparison::greater_equal:
      return comparison_of<Comparison::greater_equal>(type);
  }
  return {};
}

bool is_not_distinct(const Call& call, const Datum& a, const Datum& b) {
  // NaN is no other than NaN.
  if (!a.null && !b.null && call.arguments[0].is_approximate()) {
    return compare_values(call.arguments[0], a, b) == 0;
  }
  return equal_nullable(call.arguments[0], a, b);
}
bool is_distinct(const Call& call, const Datum& a, const Datum& b) {
  return !is_not_distinct(call, a, b);
}
bool negated(bool value) { return !value; }

// The type that both sides are compared as. Text gives way to what it is compared with.
std::optional<LogicalType> compared_as(const LogicalType& a, const LogicalType& b) {
  if (a.is(TypeRoot::null)) return b;
  if (b.is(TypeRoot::null)) return a;
  if (a.is_numeric() && b.is_numeric()) {
    const LogicalType both[] = {a, b};
    return least_restrictive_type(both);
  }
  if (a.is_character() && b.is_character()) return LogicalType::string();
  if (a.is_binary() && b.is_binary()) return LogicalType::bytes();
  const auto takes_text = [](const LogicalType& type) {
    return type.is_numeric() || type.is_datetime();
  };
  if (a.is_character() && takes_text(b)) return b;
  if (b.is_character() && takes_text(a)) return a;
  const auto is_boolean = [](const LogicalType& type) { return type.is(TypeRoot::boolean); };
  if ((a.is_character() && is_boolean(b)) || (is_boolean(a) && b.is_character())) {
    return LogicalType::string();
  }
  if (a.is_timestamp() && b.is_timestamp()) {
    const bool zoned = a.is(TypeRoot::timestamp_ltz) || b.is(TypeRoot::timestamp_ltz);
    return LogicalType{zoned ? TypeRoot::timestamp_ltz : TypeRoot::timestamp,
                       std::max(a.precision(), b.precision())};
  }
  if (a.is(TypeRoot::date) && b.is_timestamp()) return b;
  if (b.is(TypeRoot::date) && a.is_timestamp()) return a;
  if (a.is(TypeRoot::time) && b.is(TypeRoot::time)) return a;
  const LogicalType both[] = {a, b};
  if (a.root() == b.root()) return common_type(both);
  return {};
}

bool both_decimals(const LogicalType& a, const LogicalType& b) {
  return a.is(TypeRoot::decimal) && b.is(TypeRoot::decimal);
}

bool one_is_text(const LogicalType& a, const LogicalType& b) {
  return a.is_character() != b.is_character();
}

ExpressionPointer field_of(const ExpressionPointer& row, std::size_t index) {
  const LogicalType& type = row->type.child(index);
  const auto number = literal_expression(LogicalType{TypeRoot::integer}.not_null(),
                                         Datum{static_cast<std::int32_t>(index)});
  return call_expression(implementation<&fn::field_at>(),
                         type.with_nullable(type.nullable() || row->type.nullable()),
                         {row, number});
}

// Field by field, so that a NULL in one leaves open what the others do not decide.
ExpressionPointer compare_rows(Comparison op, const ExpressionPointer& left,
                               const ExpressionPointer& right) {
  std::vector<ExpressionPointer> fields;
  bool nullable = false;
  for (std::size_t i = 0; i < left->type.size(); ++i) {
    fields.push_back(compare_expression(Comparison::equal, field_of(left, i), field_of(right, i)));
    if (!fields.back()) return nullptr;
    nullable = nullable || fields.back()->type.nullable();
  }
  auto out =
      form_expression(ExpressionKind::conjunction,
                      LogicalType{TypeRoot::boolean}.with_nullable(nullable), std::move(fields));
  return op == Comparison::equal ? out : not_expression(out);
}

bool text_and_number(const LogicalType& a, const LogicalType& b) {
  return one_is_text(a, b) && (a.is_numeric() || b.is_numeric());
}

// Casts both sides; false when they cannot be compared.
bool unify(ExpressionPointer& left, ExpressionPointer& right, bool equality) {
  if (both_decimals(left->type, right->type)) return true;  // whatever their scales
  auto common = compared_as(left->type, right->type);
  if (!common) return false;
  const bool booleans = left->type.is(TypeRoot::boolean) || right->type.is(TypeRoot::boolean);
  if (booleans && !equality) common = LogicalType{TypeRoot::boolean};
  left = cast_to(left, *common);
  right = cast_to(right, *common);
  return true;
}

}  // namespace

ExpressionPointer compare_expression(Comparison op, ExpressionPointer left,
                                     ExpressionPointer right) {
  const bool equality = op == Comparison::equal || op == Comparison::not_equal;
  if (is_null_constant(*left) || is_null_constant(*right)) {
    const bool of_text_and_interval =
        equality && ((left->type.is_character() && right->type.is_interval()) ||
                     (right->type.is_character() && left->type.is_interval()));
    if (!of_text_and_interval && !compared_as(left->type, right->type)) return nullptr;
    return literal_expression(LogicalType{TypeRoot::boolean}, Datum{});
  }
  // Numbers are not found equal to text, though they are ordered with it, as in Flink.
  if (equality && text_and_number(left->type, right->type)) return nullptr;
  if (equality && left->type.is(TypeRoot::date) != right->type.is(TypeRoot::date) &&
      (left->type.is_timestamp() || right->type.is_timestamp())) {
    return nullptr;
  }
  if (!unify(left, right, equality)) return nullptr;
  if (!equality && left->type.is_constructed()) return nullptr;
  if (left->type.is(TypeRoot::row)) return compare_rows(op, left, right);
  const bool unknown = left->type.nullable() || right->type.nullable();
  return call_expression(comparison(op, left->type),
                         LogicalType{TypeRoot::boolean}.with_nullable(unknown), {left, right});
}

ExpressionPointer distinct_expression(bool distinct, ExpressionPointer left,
                                      ExpressionPointer right) {
  if (text_and_number(left->type, right->type)) return nullptr;
  auto common = compared_as(left->type, right->type);
  if (!common) return nullptr;
  if (left->type.is(TypeRoot::double_) || right->type.is(TypeRoot::double_)) {
    common = LogicalType{TypeRoot::double_};
  }
  left = cast_to(left, *common);
  right = cast_to(right, *common);
  return call_expression(
      distinct ? implementation<&is_distinct>() : implementation<&is_not_distinct>(),
      LogicalType{TypeRoot::boolean}.not_null(), {left, right});
}

std::optional<Comparison> comparison_of(const Expression& expression) {
  if (expression.kind != ExpressionKind::call || expression.arguments.size() != 2) return {};
  for (const auto op : {Comparison::equal, Comparison::not_equal, Comparison::less,
                        Comparison::less_equal, Comparison::greater, Comparison::greater_equal}) {
    const auto loop = comparison(op, expression.arguments[0]->type);
    if (loop.kernel == expression.implementation.kernel) return op;
  }
  return {};
}

bool is_not_distinct_from(const Expression& expression) {
  return expression.kind == ExpressionKind::call &&
         expression.implementation.kernel == implementation<&is_not_distinct>().kernel;
}

ExpressionPointer not_expression(ExpressionPointer value) {
  return strict_call(implementation<&negated>(), LogicalType{TypeRoot::boolean}, {value});
}

}  // namespace flink::table
