// SPDX-License-Identifier: Apache-2.0
// Numbers.
#include "table/fn/math.h"

#include "table/arithmetic.h"
#include "table/families/families.h"
#include "table/function.h"
#include "table/type_merging.h"

namespace flink::table {

namespace {

// A loop over each type of number: chosen by the type of argument `index`.
#define CHOOSE_BY_NUMBER(function, index)                 \
  [](const Binding& binding) -> Implementation {          \
    switch (binding.types[index].root()) {                \
      case TypeRoot::tinyint:                             \
        return implementation<&function<std::int8_t>>();  \
      case TypeRoot::smallint:                            \
        return implementation<&function<std::int16_t>>(); \
      case TypeRoot::integer:                             \
      case TypeRoot::interval_year_month:                 \
        return implementation<&function<std::int32_t>>(); \
      case TypeRoot::bigint:                              \
      case TypeRoot::interval_day_time:                   \
        return implementation<&function<std::int64_t>>(); \
      case TypeRoot::float_:                              \
        return implementation<&function<float>>();        \
      default:                                            \
        return implementation<&function<double>>();       \
    }                                                     \
  }

bool is_decimal(const LogicalType& type) { return type.is(TypeRoot::decimal); }
bool is_number_or_interval(const LogicalType& type) {
  return type.is_numeric() || type.is_interval();
}
const Want decimal{"DECIMAL", &is_decimal};
const Want number_or_interval{"NUMERIC or INTERVAL", &is_number_or_interval};

template <auto f>
void add_double(Registry& registry, std::string_view names) {
  registry.add({names,
                Category::arithmetic,
                {want::numeric_as_double},
                result::is(TypeRoot::double_),
                Nullability::of_arguments,
                implementation<f>()});
}
template <auto f>
void add_doubles(Registry& registry, std::string_view names) {
  registry.add({names,
                Category::arithmetic,
                {want::numeric_as_double, want::numeric_as_double},
                result::is(TypeRoot::double_),
                Nullability::of_arguments,
                implementation<f>()});
}

void add_transcendental(Registry& registry) {
  add_double<&fn::square_root>(registry, "SQRT");
  add_double<&fn::exponential>(registry, "EXP");
  add_double<&fn::natural_log>(registry, "LN|LOG");
  add_double<&fn::log_10>(registry, "LOG10");
  add_double<&fn::log_2>(registry, "LOG2");
  add_doubles<&fn::log_of_base>(registry, "LOG");
  add_doubles<&fn::power>(registry, "POWER");
  add_double<&fn::sine>(registry, "SIN");
  add_double<&fn::cosine>(registry, "COS");
  add_double<&fn::tangent>(registry, "TAN");
  add_double<&fn::cotangent>(registry, "COT");
  add_double<&fn::hyperbolic_sine>(registry, "SINH");
  add_double<&fn::hyperbolic_cosine>(registry, "COSH");
  add_double<&fn::hyperbolic_tangent>(registry, "TANH");
  add_double<&fn::arc_sine>(registry, "ASIN");
  add_double<&fn::arc_cosine>(registry, "ACOS");
  add_double<&fn::arc_tangent>(registry, "ATAN");
  add_doubles<&fn::arc_tangent_of>(registry, "ATAN2");
  add_double<&fn::degrees>(registry, "DEGREES");
  add_double<&fn::radians>(registry, "RADIANS");
  registry.add({"PI",
                Category::arithmetic,
                {},
                result::is(TypeRoot::double_),
                Nullability::never,
                implementation<&fn::pi>()});
  registry.add({"E",
                Category::arithmetic,
                {},
                result::is(TypeRoot::double_),
                Nullability::never,
                implementation<&fn::euler>()});
}

// ROUND and TRUNCATE of integers keep the type, which wraps.
template <class T, bool half_up>
T shorten_integer(T x, std::int32_t digits) {
  return static_cast<T>(half_up ? fn::round_integer(x, digits) : fn::truncate_integer(x, digits));
}
template <class T, bool half_up>
std::optional<T> shorten_floating(Context& context, T x, std::int32_t digits) {
  const auto out =
      half_up ? fn::round_double(context, x, digits) : fn::truncate_double(context, x, digits);
  if (!out) return {};
  return static_cast<T>(*out);
}

template <bool half_up>
Implementation shorten_loop(const Binding& binding) {
  switch (binding.types[0].root()) {
    case TypeRoot::tinyint:
      return implementation<&shorten_integer<std::int8_t, half_up>>();
    case TypeRoot::smallint:
      return implementation<&shorten_integer<std::int16_t, half_up>>();
    case TypeRoot::integer:
      return implementation<&shorten_integer<std::int32_t, half_up>>();
    case TypeRoot::bigint:
      return implementation<&shorten_integer<std::int64_t, half_up>>();
    case TypeRoot::float_:
      return implementation<&shorten_floating<float, half_up>>();
    case TypeRoot::double_:
      return implementation<&shorten_floating<double, half_up>>();
    default:
      return half_up ? implementation<&fn::round_decimal>()
                     : implementation<&fn::truncate_decimal>();
  }
}

// How many digits a decimal keeps is in its type when the number of digits is a literal.
LogicalType shortened_type(const Binding& binding) {
  const LogicalType& type = binding.types[0];
  if (!type.is(TypeRoot::decimal)) return type;
  if (!binding.is_literal(1)) return type;
  return decimal_round_type(type, binding.literals[1]->get<std::int32_t>());
}

void add_rounding(Registry& registry) {
  registry.add({"ROUND",
                Category::arithmetic,
                {want::numeric, want::as_int},
                &shortened_type,
                Nullability::of_arguments,
                {},
                &shorten_loop<true>});
  registry.add({"TRUNCATE",
                Category::arithmetic,
                {want::numeric, want::as_int},
                &shortened_type,
                Nullability::of_arguments,
                {},
                &shorten_loop<false>});
  const ResultRule whole = [](const Binding& binding) {
    return LogicalType::decimal(binding.types[0].precision(), 0);
  };
  registry.add({"FLOOR",
                Category::arithmetic,
                {decimal},
                whole,
                Nullability::of_arguments,
                implementation<&fn::floor_decimal>()});
  registry.add({"FLOOR",
                Category::arithmetic,
                {number_or_interval},
                result::argument(0),
                Nullability::of_arguments,
                {},
                CHOOSE_BY_NUMBER(fn::floor_number, 0)});
  registry.add({"CEIL|CEILING",
                Category::arithmetic,
                {decimal},
                whole,
                Nullability::of_arguments,
                implementation<&fn::ceil_decimal>()});
  registry.add({"CEIL|CEILING",
                Category::arithmetic,
                {number_or_interval},
                result::argument(0),
                Nullability::of_arguments,
                {},
                CHOOSE_BY_NUMBER(fn::ceil_number, 0)});
  registry.add({"SIGN",
                Category::arithmetic,
                {decimal},
                result::argument(0),
                Nullability::of_arguments,
                implementation<&fn::sign_decimal>()});
  registry.add({"SIGN",
                Category::arithmetic,
                {want::numeric},
                result::argument(0),
                Nullability::of_arguments,
                {},
                CHOOSE_BY_NUMBER(fn::sign, 0)});
  registry.add({"ABS",
                Category::arithmetic,
                {want::numeric},
                result::argument(0),
                Nullability::of_arguments,
                {},
                [](const Binding& binding) { return *absolute_of(binding.types[0]); }});
}

void add_random(Registry& registry) {
  const auto category = Category::arithmetic;
  const ResultRule number = result::is(TypeRoot::double_), integer = result::is(TypeRoot::integer);
  registry.add({"RAND",
                category,
                {},
                number,
                Nullability::never,
                implementation<&fn::random_number>(),
                {},
                Determinism::random});
  registry.add({"RAND",
                category,
                {want::as_int},
                number,
                Nullability::of_arguments,
                implementation<&fn::random_number_of>(),
                {},
                Determinism::random});
  registry.add({"RAND_INTEGER",
                category,
                {want::as_int},
                integer,
                Nullability::of_arguments,
                implementation<&fn::random_integer>(),
                {},
                Determinism::random});
  registry.add({"RAND_INTEGER",
                category,
                {want::as_int, want::as_int},
                integer,
                Nullability::of_arguments,
                implementation<&fn::random_integer_of>(),
                {},
                Determinism::random});
  registry.add({"UUID",
                category,
                {},
                result::is(LogicalType{TypeRoot::char_, 36}),
                Nullability::never,
                implementation<&fn::uuid>(),
                {},
                Determinism::random});
}

}  // namespace

void add_math(Registry& registry) {
  add_transcendental(registry);
  add_rounding(registry);
  add_random(registry);
  const auto category = Category::arithmetic;
  registry.add({"BIN",
                category,
                {want::as_bigint},
                result::string(),
                Nullability::of_arguments,
                implementation<&fn::binary_digits>()});
  registry.add({"HEX",
                category,
                {want::as_bigint},
                result::string(),
                Nullability::of_arguments,
                implementation<&fn::hex_of_integer>()});
  registry.add({"HEX",
                category,
                {want::character},
                result::string(),
                Nullability::of_arguments,
                implementation<&fn::hex_of_text>()});
  registry.add({"UNHEX",
                category,
                {want::character},
                result::is(LogicalType::bytes()),
                Nullability::always,
                implementation<&fn::bytes_of_hex>()});
}

}  // namespace flink::table
