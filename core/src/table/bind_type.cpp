// SPDX-License-Identifier: Apache-2.0
// Types as written, checked.
#include "table/binder.h"

namespace flink::table {

void reject(sql::Range range, std::string what, std::string hint) {
  throw BindError{range, std::move(what), std::move(hint)};
}

namespace {

int number_or(const sql::DataType& type, int given, int otherwise, int least, int most) {
  if (given < 0) return otherwise;
  if (given < least || given > most) {
    reject(type.range, "the precision or length must be between " + std::to_string(least) +
                           " and " + std::to_string(most) + ", not " + std::to_string(given));
  }
  return given;
}

LogicalType sized(const sql::DataType& type, TypeRoot root, int otherwise) {
  return LogicalType{root, number_or(type, type.precision, otherwise, 0, LogicalType::length_max)};
}

LogicalType decimal_type(const sql::DataType& type) {
  const int precision = number_or(type, type.precision, 10, 1, 38);
  const int scale = type.scale < 0 ? 0 : type.scale;
  if (scale > precision) {
    reject(type.range, "the scale of a DECIMAL must be between 0 and its precision " +
                           std::to_string(precision));
  }
  return LogicalType::decimal(precision, scale);
}

std::vector<Field> fields_of(const sql::DataType& type) {
  std::vector<Field> fields;
  for (const sql::RowField& field : type.fields) {
    fields.push_back({std::string{field.name.text}, logical_type_of(*field.type)});
  }
  return fields;
}

LogicalType without_nullability(const sql::DataType& type) {
  using sql::TypeKind;
  switch (type.kind) {
    case TypeKind::boolean:
      return LogicalType{TypeRoot::boolean};
    case TypeKind::tinyint:
      return LogicalType{TypeRoot::tinyint};
    case TypeKind::smallint:
      return LogicalType{TypeRoot::smallint};
    case TypeKind::integer:
      return LogicalType{TypeRoot::integer};
    case TypeKind::bigint:
      return LogicalType{TypeRoot::bigint};
    case TypeKind::decimal:
      return decimal_type(type);
    case TypeKind::float_:
      return LogicalType{TypeRoot::float_};
    case TypeKind::double_:
      return LogicalType{TypeRoot::double_};
    case TypeKind::character:
      return sized(type, TypeRoot::char_, 1);
    case TypeKind::varchar:
      return sized(type, TypeRoot::varchar, LogicalType::length_max);
    case TypeKind::string:
      return LogicalType::string();
    case TypeKind::binary:
      return sized(type, TypeRoot::binary, 1);
    case TypeKind::varbinary:
      return sized(type, TypeRoot::varbinary, LogicalType::length_max);
    case TypeKind::bytes:
      return LogicalType::bytes();
    case TypeKind::date:
      return LogicalType{TypeRoot::date};
    case TypeKind::time:
      return LogicalType{TypeRoot::time, number_or(type, type.precision, 0, 0, 9)};
    case TypeKind::timestamp:
      return LogicalType{TypeRoot::timestamp, number_or(type, type.precision, 6, 0, 9)};
    case TypeKind::timestamp_ltz:
      return LogicalType{TypeRoot::timestamp_ltz, number_or(type, type.precision, 6, 0, 9)};
    case TypeKind::interval: {
      const auto unit = type.interval.from;
      const bool months = unit == sql::TimeUnit::year || unit == sql::TimeUnit::month ||
                          unit == sql::TimeUnit::quarter;
      if (months) return LogicalType{TypeRoot::interval_year_month};
      return LogicalType{TypeRoot::interval_day_time, std::max(type.interval.fraction, 0)};
    }
    case TypeKind::array:
      return LogicalType::array(logical_type_of(*type.element));
    case TypeKind::multiset:
      return LogicalType::multiset(logical_type_of(*type.element));
    case TypeKind::map:
      return LogicalType::map(logical_type_of(*type.key), logical_type_of(*type.element));
    case TypeKind::row:
      return LogicalType::row(fields_of(type));
    case TypeKind::structured:
      return LogicalType::structured(std::string{type.class_name.value}, fields_of(type));
    case TypeKind::variant:
      return LogicalType{TypeRoot::variant};
    case TypeKind::bitmap:
      return LogicalType{TypeRoot::bitmap};
    case TypeKind::real:
      reject(type.range, "there is no type REAL", "FLOAT is a number of 4 bytes");
    case TypeKind::raw:
    case TypeKind::any:
    case TypeKind::named:
      break;
  }
  reject(type.range, "this type is not known");
}

}  // namespace

LogicalType logical_type_of(const sql::DataType& type) {
  return without_nullability(type).with_nullable(type.nullability != sql::Nullability::not_null);
}

}  // namespace flink::table
