// SPDX-License-Identifier: Apache-2.0
#include "table/arithmetic.h"

#include "table/fn/arithmetic.h"
#include "table/fn/text_number.h"
#include "table/fn/time_arithmetic.h"
#include "table/type_merging.h"

namespace flink::table {

namespace {

template <class T>
Implementation numbers(Arithmetic op) {
  switch (op) {
    case Arithmetic::plus:
      return implementation<&fn::add<T>>();
    case Arithmetic::minus:
      return implementation<&fn::subtract<T>>();
    case Arithmetic::times:
      return implementation<&fn::multiply_numbers<T>>();
    case Arithmetic::divide:
      return implementation<&fn::divide_numbers<T>>();
    case Arithmetic::remainder:
      return implementation<&fn::remainder_numbers<T>>();
  }
  return {};
}

Implementation numbers_of(Arithmetic op, TypeRoot root) {
  switch (root) {
    case TypeRoot::tinyint:
      return numbers<std::int8_t>(op);
    case TypeRoot::smallint:
      return numbers<std::int16_t>(op);
    case TypeRoot::integer:
      return numbers<std::int32_t>(op);
    case TypeRoot::bigint:
      return numbers<std::int64_t>(op);
    case TypeRoot::float_:
      return numbers<float>(op);
    default:
      return numbers<double>(op);
  }
}

std::optional<Operation> decimals(Arithmetic op, const LogicalType& left,
                                  const LogicalType& right) {
  const LogicalType a = as_decimal(left), b = as_decimal(right);
  switch (op) {
    case Arithmetic::plus:
      return Operation{a, b, decimal_sum_type(a, b), implementation<&fn::add_decimal>()};
    case Arithmetic::minus:
      return Operation{a, b, decimal_sum_type(a, b), implementation<&fn::subtract_decimal>()};
    case Arithmetic::times:
      return Operation{a, b, decimal_product_type(a, b), implementation<&fn::multiply_decimal>()};
    case Arithmetic::divide:
      return Operation{a, b, decimal_quotient_type(a, b), implementation<&fn::divide_decimal>()};
    case Arithmetic::remainder:
      return Operation{a, b, decimal_remainder_type(a, b),
                       implementation<&fn::remainder_decimal>()};
  }
  return {};
}

std::optional<Operation> of_numbers(Arithmetic op, const LogicalType& left,
                                    const LogicalType& right) {
  const bool approximate = left.is_approximate() || right.is_approximate();
  if (op == Arithmetic::remainder) {
    if (approximate) return {};
    // The rest of a division is no larger than the divisor, and has its type.
    if (left.is_integer() && right.is_integer()) {
      const LogicalType wide = left.root() < right.root() ? right : left;
      return Operation{wide, wide, LogicalType{right.root()}, numbers_of(op, wide.root())};
    }
  }
  if (!approximate && (left.is(TypeRoot::decimal) || right.is(TypeRoot::decimal))) {
    return decimals(op, left, right);
  }
  const LogicalType both[] = {left, right};
  const auto common = least_restrictive_type(both);
  if (!common) return {};
  return Operation{*common, *common, *common, numbers_of(op, common->root())};
}

Implementation intervals(Arithmetic op, bool months) {
  const bool plus = op == Arithmetic::plus;
  if (months) {
    return plus ? implementation<&fn::add_months_intervals>()
                : implementation<&fn::subtract_months_intervals>();
  }
  return plus ? implementation<&fn::add_millis_intervals>()
              : implementation<&fn::subtract_millis_intervals>();
}

Implementation time_and_interval(Arithmetic op, const LogicalType& time, bool months) {
  const bool plus = op == Arithmetic::plus;
  if (time.is(TypeRoot::date)) {
    if (months) {
      return plus ? implementation<&fn::date_plus_months>()
                  : implementation<&fn::date_minus_months>();
    }
    return plus ? implementation<&fn::date_plus_millis>()
                : implementation<&fn::date_minus_millis>();
  }
  if (time.is(TypeRoot::time)) {
    if (months) return implementation<&fn::time_plus_months>();
    return plus ? implementation<&fn::time_plus_millis>()
                : implementation<&fn::time_minus_millis>();
  }
  if (months) {
    return plus ? implementation<&fn::timestamp_plus_months>()
                : implementation<&fn::timestamp_minus_months>();
  }
  return plus ? implementation<&fn::timestamp_plus_millis>()
              : implementation<&fn::timestamp_minus_millis>();
}

Months scale_months(Months value, double by) { return {fn::to_int(value.months * by)}; }
Millis scale_millis(Millis value, double by) {
  return {fn::to_long(static_cast<double>(value.millis) * by)};
}
Months multiply_months(Months value, std::int64_t by) {
  return {static_cast<std::int32_t>(value.months * by)};
}
Millis multiply_millis(Millis value, std::int64_t by) {
  return {fn::multiply_numbers(value.millis, by)};
}
std::optional<Months> divide_months(Context& context, Months value, std::int64_t by) {
  if (by == 0) return context.fail(fn::by_zero);
  return Months{static_cast<std::int32_t>(value.months / by)};
}
std::optional<Millis> divide_millis(Context& context, Millis value, std::int64_t by) {
  if (by == 0) return context.fail(fn::by_zero);
  return Millis{value.millis / by};
}
Months shrink_months(Months value, double by) { return {fn::to_int(value.months / by)}; }
Millis shrink_millis(Millis value, double by) {
  return {fn::to_long(static_cast<double>(value.millis) / by)};
}

Operation interval_and_number(Arithmetic op, const LogicalType& interval,
                              const LogicalType& number) {
  const bool months = interval.is(TypeRoot::interval_year_month);
  const bool times = op == Arithmetic::times;
  Operation out{interval, LogicalType{TypeRoot::bigint}, interval, Implementation{}};
  if (number.is_integer()) {
    out.implementation =
        times ? (months ? implementation<&multiply_months>() : implementation<&multiply_millis>())
              : (months ? implementation<&divide_months>() : implementation<&divide_millis>());
    return out;
  }
  out.right = LogicalType{TypeRoot::double_};
  out.implementation =
      times ? (months ? implementation<&scale_months>() : implementation<&scale_millis>())
            : (months ? implementation<&shrink_months>() : implementation<&shrink_millis>());
  return out;
}

std::optional<Operation> of_times(Arithmetic op, const LogicalType& left,
                                  const LogicalType& right) {
  const bool months = right.is(TypeRoot::interval_year_month);
  if (left.is_interval() && left.root() == right.root()) {
    return Operation{left, right, left, intervals(op, months)};
  }
  if (!left.is_datetime() || !right.is_interval()) return {};
  return Operation{left, right, interval_added(left, right), time_and_interval(op, left, months)};
}

template <class T>
Implementation negate_or_absolute(bool negate) {
  return negate ? implementation<&fn::negate<T>>() : implementation<&fn::absolute<T>>();
}

std::optional<Implementation> sign_change(const LogicalType& type, bool negate) {
  switch (type.root()) {
    case TypeRoot::tinyint:
      return negate_or_absolute<std::int8_t>(negate);
    case TypeRoot::smallint:
      return negate_or_absolute<std::int16_t>(negate);
    case TypeRoot::integer:
      return negate_or_absolute<std::int32_t>(negate);
    case TypeRoot::bigint:
      return negate_or_absolute<std::int64_t>(negate);
    case TypeRoot::float_:
      return negate_or_absolute<float>(negate);
    case TypeRoot::double_:
      return negate_or_absolute<double>(negate);
    case TypeRoot::decimal:
      return negate ? implementation<&fn::negate_decimal>()
                    : implementation<&fn::absolute_decimal>();
    default:
      return {};
  }
}

}  // namespace

std::optional<Operation> arithmetic_of(Arithmetic op, const LogicalType& left,
                                       const LogicalType& right) {
  if (left.is_numeric() && right.is_numeric()) return of_numbers(op, left, right);
  if (op == Arithmetic::plus || op == Arithmetic::minus) {
    const bool turned = op == Arithmetic::plus && left.is_interval() && right.is_datetime();
    if (!turned) return of_times(op, left, right);
    return {};
  }
  if (left.is_interval() && right.is_numeric() && op != Arithmetic::remainder) {
    return interval_and_number(op, left, right);
  }
  return {};
}

std::optional<Implementation> negation_of(const LogicalType& type) {
  if (type.is(TypeRoot::interval_year_month)) return implementation<&fn::negate_months>();
  if (type.is(TypeRoot::interval_day_time)) return implementation<&fn::negate_millis>();
  return sign_change(type, true);
}

std::optional<Implementation> absolute_of(const LogicalType& type) {
  return sign_change(type, false);
}

}  // namespace flink::table
