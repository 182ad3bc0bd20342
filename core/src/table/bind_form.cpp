// SPDX-License-Identifier: Apache-2.0
// CASE, CAST, constructors, elements.
#include "table/binder.h"
#include "table/cast.h"
#include "table/fn/calendar.h"
#include "table/fn/collection.h"
#include "table/fn/time_arithmetic.h"
#include "table/type_merging.h"

namespace flink::table {

namespace {

std::vector<LogicalType> types_of(const std::vector<ExpressionPointer>& values) {
  std::vector<LogicalType> types;
  for (const auto& value : values) types.push_back(value->type);
  return types;
}

}  // namespace

ExpressionPointer choice_expression(std::vector<ExpressionPointer> arguments, sql::Range range) {
  std::vector<LogicalType> types;
  for (std::size_t i = 1; i < arguments.size(); i += 2) types.push_back(arguments[i]->type);
  types.push_back(arguments.back()->type);
  const auto common = least_restrictive_type(types);
  if (!common) reject(range, "the results have no type in common");
  for (std::size_t i = 1; i < arguments.size(); i += 2) {
    arguments[i] = cast_to(arguments[i], *common);
  }
  arguments.back() = cast_to(arguments.back(), *common);
  return form_expression(ExpressionKind::choice, *common, std::move(arguments));
}

ExpressionPointer Binder::bind_case(const sql::Case& node) {
  Arguments arguments;
  const auto operand = node.operand ? bind_node(*node.operand) : nullptr;
  for (const sql::When& when : node.whens) {
    Arguments tests;
    bool nullable = false;
    for (const sql::Node value : when.values) {
      auto test = operand ? compare_expression(Comparison::equal, operand, bind_node(*value))
                          : bind_boolean(*value, "WHEN");
      if (!test) reject(value->range, "this cannot be compared with what stands behind CASE");
      nullable = nullable || test->type.nullable();
      tests.push_back(std::move(test));
    }
    arguments.push_back(
        tests.size() == 1 ? tests[0]
                          : form_expression(ExpressionKind::disjunction,
                                            LogicalType{TypeRoot::boolean}.with_nullable(nullable),
                                            std::move(tests)));
    arguments.push_back(bind_node(*when.then));
  }
  arguments.push_back(node.otherwise ? bind_node(*node.otherwise)
                                     : literal_expression(LogicalType{TypeRoot::null}, Datum{}));
  return choice_expression(std::move(arguments), node.range);
}

namespace {

std::int64_t size_of_unit(sql::TimeUnit unit) {
  switch (unit) {
    case sql::TimeUnit::year:
      return 12;
    case sql::TimeUnit::quarter:
      return 3;
    case sql::TimeUnit::month:
      return 1;
    case sql::TimeUnit::week:
      return 7 * fn::day_millis;
    case sql::TimeUnit::day:
      return fn::day_millis;
    case sql::TimeUnit::hour:
      return 3'600'000;
    case sql::TimeUnit::minute:
      return 60'000;
    default:
      return 1000;
  }
}

ExpressionPointer one_unit(const sql::IntervalQualifier& qualifier) {
  const std::int64_t size = size_of_unit(qualifier.from);
  if (size <= 12) {
    return literal_expression(LogicalType{TypeRoot::interval_year_month}.not_null(),
                              Datum{Months{static_cast<std::int32_t>(size)}});
  }
  return literal_expression(LogicalType{TypeRoot::interval_day_time}.not_null(),
                            Datum{Millis{size}});
}

}  // namespace

ExpressionPointer Binder::bind_cast(const sql::Cast& node) {
  const auto value = bind_node(*node.operand);
  const LogicalType type = logical_type_of(*node.type);
  const LogicalType& from = value->type;
  if (type.is_interval() && from.is_exact() && node.type->interval.to == sql::TimeUnit::none) {
    auto out =
        arithmetic_expression(Arithmetic::times, one_unit(node.type->interval), value, node.range);
    return out;
  }
  if (!explicit_cast_exists(from, type)) {
    std::string hint;
    if (from.is_numeric() && type.is_timestamp()) {
      hint = "TO_TIMESTAMP_LTZ(number, 0 or 3) and TO_TIMESTAMP(FROM_UNIXTIME(number)) do this";
    } else if (from.is_timestamp() && type.is_numeric()) {
      hint = "UNIX_TIMESTAMP(CAST(timestamp AS STRING)) does this";
    }
    reject(node.range, "there is no cast from " + from.summary() + " to " + type.summary(), hint);
  }
  if (is_null_constant(*value)) return literal_expression(type.with_nullable(true), Datum{});
  const bool nullable = node.try_ || from.nullable();
  const auto loop = cast_implementation(from, type);
  auto out = call_expression(loop, type.with_nullable(nullable), {value});
  if (!node.try_) return out;
  auto forgiving = std::make_shared<Expression>(*out);
  forgiving->kind = ExpressionKind::try_cast;
  return forgiving;
}

ExpressionPointer Binder::bind_interval_of(const sql::IntervalOf& node) {
  const auto value = bind_node(*node.operand);
  if (!value->type.is_numeric()) reject(node.range, "an interval takes a number of units");
  auto out = arithmetic_expression(Arithmetic::times, one_unit(node.qualifier), value, node.range);
  if (!node.negative) return out;
  return strict_call(*negation_of(out->type), out->type, {out});
}

namespace {

Months whole_months(Timestamp a, Timestamp b) {
  return {static_cast<std::int32_t>(fn::months_between(a, b))};
}

}  // namespace

ExpressionPointer Binder::bind_interval_between(const sql::IntervalBetween& node) {
  auto left = bind_node(*node.left), right = bind_node(*node.right);
  const LogicalType both[] = {left->type, right->type};
  const auto common = common_type(both);
  if (!common || !common->is_datetime()) {
    reject(node.range, "an interval lies between two dates or times, not between " +
                           left->type.summary() + " and " + right->type.summary());
  }
  left = cast_to(left, *common);
  right = cast_to(right, *common);
  if (size_of_unit(node.qualifier.from) <= 12) {
    const LogicalType stamp{TypeRoot::timestamp, 3};
    return strict_call(implementation<&whole_months>(), LogicalType{TypeRoot::interval_year_month},
                       {cast_to(left, stamp), cast_to(right, stamp)});
  }
  const Implementation loop =
      common->is(TypeRoot::date)   ? implementation<&fn::millis_between_dates>()
      : common->is(TypeRoot::time) ? implementation<&fn::millis_between_times>()
                                   : implementation<&fn::millis_between>();
  return strict_call(loop, LogicalType{TypeRoot::interval_day_time}, {left, right});
}

namespace {

ExpressionPointer array_of(std::vector<ExpressionPointer> items, sql::Range range) {
  if (items.empty()) reject(range, "an array by its elements needs one at least");
  const auto types = types_of(items);
  const auto common = least_restrictive_type(types);
  if (!common) reject(range, "the elements have no type in common");
  for (auto& item : items) item = cast_to(item, *common);
  return call_expression(implementation<&fn::make_items>(), LogicalType::array(*common).not_null(),
                         std::move(items));
}

ExpressionPointer map_of(std::vector<ExpressionPointer> items, sql::Range range) {
  if (items.empty() || items.size() % 2 != 0) {
    reject(range, "a map needs a value for each key", "MAP['a', 1, 'b', 2]");
  }
  std::vector<LogicalType> types[2];
  for (std::size_t i = 0; i < items.size(); ++i) types[i % 2].push_back(items[i]->type);
  const auto key = least_restrictive_type(types[0]), value = least_restrictive_type(types[1]);
  if (!key || !value) reject(range, "the map's keys or values have no type in common");
  for (std::size_t i = 0; i < items.size(); ++i) {
    items[i] = cast_to(items[i], i % 2 == 0 ? *key : *value);
  }
  return call_expression(implementation<&fn::make_map>(), LogicalType::map(*key, *value).not_null(),
                         std::move(items));
}

ExpressionPointer row_of(std::vector<ExpressionPointer> items) {
  std::vector<Field> fields;
  for (const auto& item : items) {
    fields.push_back({"EXPR$" + std::to_string(fields.size()), item->type});
  }
  return call_expression(implementation<&fn::make_items>(),
                         LogicalType::row(std::move(fields)).not_null(), std::move(items));
}

}  // namespace

ExpressionPointer Binder::bind_constructor(const sql::Constructor& node) {
  Arguments items;
  for (const sql::Node element : node.elements) items.push_back(bind_node(*element));
  switch (node.constructor) {
    case sql::ConstructorKind::array:
    case sql::ConstructorKind::array_function:
      return array_of(std::move(items), node.range);
    case sql::ConstructorKind::map:
    case sql::ConstructorKind::map_function:
      return map_of(std::move(items), node.range);
    case sql::ConstructorKind::row:
    case sql::ConstructorKind::tuple:
      return row_of(std::move(items));
    default:
      break;
  }
  reject(node.range, "this constructor is not supported");
}

ExpressionPointer Binder::bind_element(const sql::Element& node) {
  const auto value = bind_node(*node.operand);
  auto index = bind_node(*node.index);
  const LogicalType& type = value->type;
  if (type.is(TypeRoot::array) && index->type.is_integer()) {
    if (index->kind == ExpressionKind::literal && !index->value.null &&
        integer_of(index->type, index->value) < 1) {
      reject(node.index->range, "elements are counted from 1");
    }
    return call_expression(implementation<&fn::element_at>(), type.child().with_nullable(true),
                           {value, cast_to(index, LogicalType{TypeRoot::bigint})});
  }
  if (type.is(TypeRoot::array) && is_null_literal(*index)) {
    return literal_expression(type.child().with_nullable(true), Datum{});
  }
  if (type.is(TypeRoot::map)) {
    const bool comparable =
        is_null_literal(*index) ||
        implicit_cast_exists(index->type.with_nullable(true), type.child(0).with_nullable(true)) ||
        (index->type.is_character() && type.child(0).is_character());
    if (comparable) {
      const LogicalType key = type.child(0).is_character() ? LogicalType::string() : type.child(0);
      return call_expression(implementation<&fn::value_at>(), type.child(1).with_nullable(true),
                             {value, cast_to(index, key)});
    }
  }
  if (type.is(TypeRoot::variant)) return bind_function("ITEM", node.range, {value, index});
  reject(node.range, type.summary() + " has no element by " + index->type.summary());
}

}  // namespace flink::table
