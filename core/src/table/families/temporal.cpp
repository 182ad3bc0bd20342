// SPDX-License-Identifier: Apache-2.0
// Dates and times.
#include <algorithm>

#include "table/families/families.h"
#include "table/fn/calendar.h"
#include "table/fn/text_time.h"
#include "table/fn/time_arithmetic.h"
#include "table/fn/time_fields.h"
#include "table/fn/time_text.h"
#include "table/function.h"
#include "table/time_zone.h"
#include "table/value_text.h"

namespace flink::table {

namespace {

using fn::TimeField;

bool is_unit(const LogicalType& type) { return type.is(TypeRoot::symbol); }
bool is_time_or_interval(const LogicalType& type) {
  return type.is_datetime() || type.is_interval();
}
const Want unit{"UNIT", &is_unit};
const Want time_or_interval{"DATETIME or INTERVAL", &is_time_or_interval};

TimeField unit_of(const Binding& binding, std::size_t index = 0) {
  const auto name = binding.literals[index]->text();
  const auto field = fn::time_field_of(name);
  if (!field) throw Rejection{"'" + std::string{name} + "' is no unit of time"};
  return *field;
}

// The local clock of any time.
Timestamp local_of(Context& context, const LogicalType& type, const Datum& value) {
  switch (type.root()) {
    case TypeRoot::date:
      return {value.get<Date>().days * fn::day_millis, 0};
    case TypeRoot::time:
      return {value.get<Time>().millis, 0};
    case TypeRoot::timestamp_ltz: {
      const auto stamp = value.get<Timestamp>();
      return {zone_of(context.session()).local_of(stamp.millis), stamp.nanos};
    }
    default:
      return value.get<Timestamp>();
  }
}

std::int64_t extract_any(Context& context, const Call& call, std::string_view unit_name,
                         const Any& value) {
  const TimeField field = *fn::time_field_of(unit_name);
  const LogicalType& type = call.arguments[1];
  if (type.is(TypeRoot::interval_year_month)) return fn::extract(field, value.get<Months>());
  if (type.is(TypeRoot::interval_day_time)) return fn::extract(field, value.get<Millis>());
  return fn::extract(field, local_of(context, type, value));
}

bool has_field(const LogicalType& type, TimeField field) {
  switch (type.root()) {
    case TypeRoot::interval_year_month:
      return (field <= TimeField::month && field != TimeField::decade &&
              field != TimeField::isoyear);
    case TypeRoot::interval_day_time:
      return field == TimeField::day ||
             (field >= TimeField::hour && field <= TimeField::millisecond);
    case TypeRoot::time:
      return field >= TimeField::hour && field <= TimeField::millisecond;
    case TypeRoot::date:
      return field != TimeField::microsecond && field != TimeField::nanosecond;
    default:
      return true;
  }
}

LogicalType extract_type(const Binding& binding) {
  const bool null = binding.literals[1] && binding.literals[1]->null &&
                    !binding.types[1].is(TypeRoot::interval_year_month);
  if (!null && !has_field(binding.types[1], unit_of(binding))) {
    throw Rejection{"a value of " + binding.types[1].with_nullable(true).summary() +
                    " has no such part"};
  }
  return LogicalType{TypeRoot::bigint};
}

template <TimeField field>
std::int64_t part(Context& context, const Call& call, const Any& value) {
  const LogicalType& type = call.arguments[0];
  if (type.is(TypeRoot::interval_year_month)) return fn::extract(field, value.get<Months>());
  if (type.is(TypeRoot::interval_day_time)) return fn::extract(field, value.get<Millis>());
  return fn::extract(field, local_of(context, type, value));
}
template <TimeField field>
LogicalType part_type(const Binding& binding) {
  const bool null = binding.literals[0] && binding.literals[0]->null &&
                    !binding.types[0].is(TypeRoot::interval_year_month);
  if (!null && !has_field(binding.types[0], field)) {
    throw Rejection{"a value of " + binding.types[0].with_nullable(true).summary() +
                    " has no such part"};
  }
  return LogicalType{TypeRoot::bigint};
}
template <TimeField field>
void add_part(Registry& registry, std::string_view name) {
  registry.add({name,
                Category::temporal,
                {time_or_interval},
                &part_type<field>,
                Nullability::of_arguments,
                implementation<&part<field>>()});
}

template <bool up>
Datum round_time(Context& context, const Call& call, const Any& value, std::string_view name) {
  const TimeField field = *fn::time_field_of(name);
  const LogicalType& type = call.arguments[0];
  const Timestamp local = local_of(context, type, value);
  const Timestamp out = up ? fn::ceil_to(field, local) : fn::floor_to(field, local);
  switch (type.root()) {
    case TypeRoot::date: {
      // A day has begun, whatever its date.
      const bool next_day = up && field == TimeField::day;
      const std::int64_t millis = field >= TimeField::hour ? local.millis : out.millis;
      return Datum{Date{static_cast<std::int32_t>(millis / fn::day_millis + (next_day ? 1 : 0))}};
    }
    case TypeRoot::time:
      return Datum{Time{static_cast<std::int32_t>(fn::floor_mod(out.millis, fn::day_millis))}};
    case TypeRoot::timestamp_ltz:
      return Datum{Timestamp{zone_of(context.session()).instant_of(out.millis), out.nanos}};
    default:
      return Datum{out};
  }
}

LogicalType rounded_type(const Binding& binding) {
  const TimeField field = unit_of(binding, 1);
  if (field == TimeField::epoch || field == TimeField::doy || field == TimeField::dow ||
      field == TimeField::isodow || field == TimeField::isoyear) {
    throw Rejection{"times are not rounded to this unit"};
  }
  return binding.types[0];
}

// TIMESTAMPADD: of a DATE with hours and less it gives a timestamp.
LogicalType added_type(const Binding& binding) {
  const TimeField field = unit_of(binding);
  const LogicalType& type = binding.types[2];
  if (!fn::months_of(field) && !fn::millis_of(field)) throw Rejection{"this unit is not added"};
  if (type.is(TypeRoot::date) && field >= TimeField::hour) {
    return LogicalType{TypeRoot::timestamp, field == TimeField::millisecond ? 3 : 6};
  }
  if (type.is(TypeRoot::time) && field == TimeField::millisecond) {
    throw Rejection{"a TIME(0) has no milliseconds"};
  }
  if (type.is_timestamp() && field == TimeField::millisecond) {
    return LogicalType{type.root(), std::max(3, type.precision())};
  }
  return type;
}

Datum add_units(const Call& call, std::string_view name, std::int64_t count, const Any& value) {
  const TimeField field = *fn::time_field_of(name);
  const auto months = fn::months_of(field);
  const std::int64_t size = months ? *months : fn::millis_of(field).value_or(1);
  const LogicalType& type = call.arguments[2];
  if (type.is(TypeRoot::time)) {
    const auto time = value.get<Time>();
    if (months) return value;
    return Datum{fn::time_plus_millis(time, {count * size})};
  }
  Timestamp stamp = type.is(TypeRoot::date) ? Timestamp{value.get<Date>().days * fn::day_millis, 0}
                                            : value.get<Timestamp>();
  if (months) {
    stamp = fn::shifted_months(stamp, count * size);
  } else {
    stamp.millis += count * size;
  }
  if (call.result.is(TypeRoot::date)) {
    return Datum{Date{static_cast<std::int32_t>(fn::floor_div(stamp.millis, fn::day_millis))}};
  }
  return Datum{stamp};
}

LogicalType difference_type(const Binding& binding) {
  const TimeField field = unit_of(binding);
  if (!fn::months_of(field) && !fn::millis_of(field) && field != TimeField::microsecond) {
    throw Rejection{"times do not differ in this unit"};
  }
  return LogicalType{TypeRoot::integer};
}

std::int32_t difference_of(const Call& call, std::string_view name, const Any& from,
                           const Any& to) {
  const auto stamp = [&](std::size_t index, const Datum& value) {
    const LogicalType& type = call.arguments[index];
    if (type.is(TypeRoot::date)) return Timestamp{value.get<Date>().days * fn::day_millis, 0};
    if (type.is(TypeRoot::time)) return Timestamp{value.get<Time>().millis, 0};
    return value.get<Timestamp>();
  };
  return static_cast<std::int32_t>(
      fn::difference(*fn::time_field_of(name), stamp(1, from), stamp(2, to)));
}

void add_fields(Registry& registry) {
  const auto category = Category::temporal;
  registry.add({"EXTRACT",
                category,
                {unit, time_or_interval},
                &extract_type,
                Nullability::of_arguments,
                implementation<&extract_any>()});
  add_part<TimeField::year>(registry, "YEAR");
  add_part<TimeField::quarter>(registry, "QUARTER");
  add_part<TimeField::month>(registry, "MONTH");
  add_part<TimeField::week>(registry, "WEEK");
  add_part<TimeField::doy>(registry, "DAYOFYEAR");
  add_part<TimeField::day>(registry, "DAYOFMONTH");
  add_part<TimeField::dow>(registry, "DAYOFWEEK");
  add_part<TimeField::hour>(registry, "HOUR");
  add_part<TimeField::minute>(registry, "MINUTE");
  add_part<TimeField::second>(registry, "SECOND");
  registry.add({"FLOOR",
                category,
                {want::datetime, unit},
                &rounded_type,
                Nullability::of_arguments,
                implementation<&round_time<false>>()});
  registry.add({"CEIL|CEILING",
                category,
                {want::datetime, unit},
                &rounded_type,
                Nullability::of_arguments,
                implementation<&round_time<true>>()});
  registry.add({"TIMESTAMPADD",
                category,
                {unit, want::as_bigint, want::datetime},
                &added_type,
                Nullability::of_arguments,
                implementation<&add_units>()});
  registry.add({"TIMESTAMPDIFF",
                category,
                {unit, want::datetime, want::datetime},
                &difference_type,
                Nullability::of_arguments,
                implementation<&difference_of>()});
}

// As many fraction digits as the pattern reads, three at least.
LogicalType pattern_instant_type(const Binding& binding) {
  int precision = 3;
  if (binding.is_literal(1)) {
    const auto pattern = binding.literals[1]->text();
    precision = std::max<int>(3, static_cast<int>(std::count(pattern.begin(), pattern.end(), 'S')));
  }
  return LogicalType{TypeRoot::timestamp_ltz, std::min(precision, 9)};
}
LogicalType number_instant_type(const Binding& binding) {
  int precision = 3;
  if (binding.is_literal(1)) precision = std::max(3, binding.literals[1]->get<std::int32_t>());
  return LogicalType{TypeRoot::timestamp_ltz, std::min(precision, 9)};
}

bool is_integer_or_interval(const LogicalType& type) {
  return type.is_exact() || type.is(TypeRoot::interval_day_time);
}
bool is_approximate(const LogicalType& type) { return type.is_approximate(); }
const Want whole{"NUMERIC", &is_integer_or_interval, LogicalType{TypeRoot::bigint}};
const Want approximate{"NUMERIC", &is_approximate, LogicalType{TypeRoot::double_}};

void add_texts(Registry& registry) {
  const auto category = Category::temporal;
  const auto always = Nullability::always;
  const Want& text = want::character;
  const ResultRule string = result::string(), bigint = result::is(TypeRoot::bigint);
  registry.add({"DATE_FORMAT",
                category,
                {want::timestamp, text},
                string,
                always,
                implementation<&fn::date_format>()});
  registry.add({"DATE_FORMAT",
                category,
                {text, text},
                string,
                always,
                implementation<&fn::date_format_of_text>()});
  registry.add({"FROM_UNIXTIME",
                category,
                {want::as_bigint},
                string,
                always,
                implementation<&fn::from_unix_time>()});
  registry.add({"FROM_UNIXTIME",
                category,
                {want::as_bigint, text},
                string,
                always,
                implementation<&fn::from_unix_time_as>()});
  registry.add({"UNIX_TIMESTAMP",
                category,
                {},
                bigint,
                Nullability::never,
                implementation<&fn::unix_time_now>(),
                {},
                Determinism::session});
  registry.add({"UNIX_TIMESTAMP",
                category,
                {text},
                bigint,
                Nullability::of_arguments,
                implementation<&fn::unix_time>()});
  registry.add({"UNIX_TIMESTAMP",
                category,
                {text, text},
                bigint,
                Nullability::of_arguments,
                implementation<&fn::unix_time_as>()});
}

void add_readings(Registry& registry) {
  const auto category = Category::temporal;
  const auto always = Nullability::always;
  const Want& text = want::character;
  const ResultRule string = result::string(), date = result::is(TypeRoot::date),
                   stamp = result::is(LogicalType{TypeRoot::timestamp, 3}),
                   instant = result::is(LogicalType{TypeRoot::timestamp_ltz, 3});
  registry.add({"TO_DATE", category, {text}, date, always, implementation<&fn::to_date>()});
  registry.add(
      {"TO_DATE", category, {text, text}, date, always, implementation<&fn::to_date_as>()});
  registry.add(
      {"TO_TIMESTAMP", category, {text}, stamp, always, implementation<&fn::to_timestamp>()});
  registry.add({"TO_TIMESTAMP",
                category,
                {text, text},
                stamp,
                always,
                implementation<&fn::to_timestamp_as>()});
  registry.add(
      {"TO_TIMESTAMP_LTZ", category, {text}, instant, always, implementation<&fn::to_instant>()});
  registry.add({"TO_TIMESTAMP_LTZ",
                category,
                {text, text},
                &pattern_instant_type,
                always,
                implementation<&fn::to_instant_as>()});
  registry.add({"TO_TIMESTAMP_LTZ",
                category,
                {text, text, text},
                &pattern_instant_type,
                always,
                implementation<&fn::to_instant_in>()});
  registry.add({"TO_TIMESTAMP_LTZ",
                category,
                {whole, want::as_int},
                &number_instant_type,
                always,
                implementation<&fn::instant_of_number>()});
  registry.add({"TO_TIMESTAMP_LTZ",
                category,
                {approximate, want::as_int},
                &number_instant_type,
                always,
                implementation<&fn::instant_of_double>()});
  registry.add({"CONVERT_TZ",
                category,
                {text, text, text},
                string,
                always,
                implementation<&fn::convert_zone>()});
}

void add_now(Registry& registry) {
  const auto add = [&](std::string_view names, LogicalType type, const Implementation& loop) {
    registry.add({names,
                  Category::temporal,
                  {},
                  result::is(type),
                  Nullability::never,
                  loop,
                  {},
                  Determinism::session});
  };
  const LogicalType instant{TypeRoot::timestamp_ltz, 3};
  add("CURRENT_DATE", LogicalType{TypeRoot::date}, implementation<&fn::current_date>());
  add("CURRENT_TIME|LOCALTIME", LogicalType{TypeRoot::time}, implementation<&fn::current_time>());
  add("LOCALTIMESTAMP", LogicalType{TypeRoot::timestamp, 3}, implementation<&fn::local_now>());
  add("CURRENT_TIMESTAMP|NOW|CURRENT_ROW_TIMESTAMP|PROCTIME", instant, implementation<&fn::now>());
}

std::string_view current_database(Context& context) { return context.session().database; }

}  // namespace

void add_temporal(Registry& registry) {
  add_fields(registry);
  add_texts(registry);
  add_readings(registry);
  add_now(registry);
  registry.add({"CURRENT_DATABASE",
                Category::catalog,
                {},
                result::string(),
                Nullability::never,
                implementation<&current_database>(),
                {},
                Determinism::session});
}

}  // namespace flink::table
