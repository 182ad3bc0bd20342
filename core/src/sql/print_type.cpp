// SPDX-License-Identifier: Apache-2.0
// Data types.
#include "sql/print_core.h"
#include "sql/printer.h"

namespace flink::sql {
namespace {

std::string_view spelling(TypeKind kind) {
  switch (kind) {
    case TypeKind::boolean:
      return "BOOLEAN";
    case TypeKind::tinyint:
      return "TINYINT";
    case TypeKind::smallint:
      return "SMALLINT";
    case TypeKind::integer:
      return "INTEGER";
    case TypeKind::bigint:
      return "BIGINT";
    case TypeKind::decimal:
      return "DECIMAL";
    case TypeKind::real:
      return "REAL";
    case TypeKind::float_:
      return "FLOAT";
    case TypeKind::double_:
      return "DOUBLE";
    case TypeKind::character:
      return "CHAR";
    case TypeKind::varchar:
      return "VARCHAR";
    case TypeKind::string:
      return "STRING";
    case TypeKind::binary:
      return "BINARY";
    case TypeKind::varbinary:
      return "VARBINARY";
    case TypeKind::bytes:
      return "BYTES";
    case TypeKind::date:
      return "DATE";
    case TypeKind::time:
      return "TIME";
    case TypeKind::timestamp:
      return "TIMESTAMP";
    case TypeKind::timestamp_ltz:
      return "TIMESTAMP_LTZ";
    case TypeKind::interval:
      return "INTERVAL ";
    case TypeKind::array:
      return "ARRAY";
    case TypeKind::multiset:
      return "MULTISET";
    case TypeKind::map:
      return "MAP";
    case TypeKind::row:
      return "ROW";
    case TypeKind::structured:
      return "STRUCTURED";
    case TypeKind::raw:
      return "RAW";
    case TypeKind::variant:
      return "VARIANT";
    case TypeKind::bitmap:
      return "BITMAP";
    case TypeKind::any:
      return "ANY";
    case TypeKind::named:
      return "";
  }
  return "";
}

std::string_view spelling(TimeUnit unit) {
  switch (unit) {
    case TimeUnit::none:
      return "";
    case TimeUnit::year:
      return "YEAR";
    case TimeUnit::quarter:
      return "QUARTER";
    case TimeUnit::month:
      return "MONTH";
    case TimeUnit::week:
      return "WEEK";
    case TimeUnit::day:
      return "DAY";
    case TimeUnit::hour:
      return "HOUR";
    case TimeUnit::minute:
      return "MINUTE";
    case TimeUnit::second:
      return "SECOND";
  }
  return "";
}

}  // namespace

std::string print(const DataType& type) {
  Printer printer;
  printer.type(type);
  return printer.take();
}

void Printer::qualifier(const IntervalQualifier& qualifier) {
  add(spelling(qualifier.from));
  const bool range = qualifier.to != TimeUnit::none;
  if (qualifier.precision >= 0) {
    add("(", qualifier.precision);
    if (!range && qualifier.fraction >= 0) add(", ", qualifier.fraction);
    add(")");
  }
  if (!range) return;
  add(" TO ", spelling(qualifier.to));
  if (qualifier.fraction >= 0) add("(", qualifier.fraction, ")");
}

void Printer::fields(List<RowField> fields) {
  separated(fields, ", ", [this](const RowField& field) {
    name(field.name);
    add(" ");
    type(*field.type);
    if (field.comment) {
      add(" ");
      text(field.comment.value);
    }
  });
}

void Printer::type(const DataType& type) {
  add(spelling(type.kind));
  switch (type.kind) {
    case TypeKind::array:
    case TypeKind::multiset:
      add("<");
      this->type(*type.element);
      add(">");
      break;
    case TypeKind::map:
      add("<");
      this->type(*type.key);
      add(", ");
      this->type(*type.element);
      add(">");
      break;
    case TypeKind::row:
      add("<");
      fields(type.fields);
      add(">");
      break;
    case TypeKind::structured:
      add("<");
      text(type.class_name.value);
      if (!type.fields.empty()) add(", ");
      fields(type.fields);
      add(">");
      break;
    case TypeKind::raw:
      add("(");
      text(type.class_name.value);
      add(", ");
      text(type.snapshot.value);
      add(")");
      break;
    case TypeKind::interval:
      qualifier(type.interval);
      break;
    case TypeKind::named:
      path(type.name);
      break;
    default:
      if (type.precision < 0) break;
      add("(", type.precision);
      if (type.scale >= 0) add(", ", type.scale);
      add(")");
  }
  if (type.nullability == Nullability::not_null) add(" NOT NULL");
  if (type.nullability == Nullability::null) add(" NULL");
}

}  // namespace flink::sql
