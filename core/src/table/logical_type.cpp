// SPDX-License-Identifier: Apache-2.0
#include "table/logical_type.h"

namespace flink::table {

namespace {

std::vector<Field> unnamed(std::initializer_list<LogicalType> types) {
  std::vector<Field> fields;
  for (const LogicalType& type : types) fields.push_back({"", type});
  return fields;
}

std::string with_number(const char* name, int number) {
  return std::string{name} + "(" + std::to_string(number) + ")";
}

void append_quoted(std::string& out, std::string_view name) {
  out += '`';
  for (const char c : name) {
    if (c == '`') out += '`';
    out += c;
  }
  out += '`';
}

}  // namespace

LogicalType LogicalType::array(LogicalType element) {
  LogicalType type{TypeRoot::array};
  type.children_ = std::make_shared<const std::vector<Field>>(unnamed({element}));
  return type;
}

LogicalType LogicalType::multiset(LogicalType element) {
  LogicalType type{TypeRoot::multiset};
  type.children_ = std::make_shared<const std::vector<Field>>(unnamed({element}));
  return type;
}

LogicalType LogicalType::map(LogicalType key, LogicalType value) {
  LogicalType type{TypeRoot::map};
  type.children_ = std::make_shared<const std::vector<Field>>(unnamed({key, value}));
  return type;
}

LogicalType LogicalType::row(std::vector<Field> fields) {
  LogicalType type{TypeRoot::row};
  type.children_ = std::make_shared<const std::vector<Field>>(std::move(fields));
  return type;
}

LogicalType LogicalType::structured(std::string name, std::vector<Field> fields) {
  LogicalType type = row(std::move(fields));
  type.class_name_ = std::make_shared<const std::string>(std::move(name));
  return type;
}

const LogicalType& LogicalType::child(std::size_t index) const { return (*children_)[index].type; }

bool LogicalType::operator==(const LogicalType& other) const {
  if (root_ != other.root_ || nullable_ != other.nullable_ || size() != other.size()) return false;
  if (!is_interval() && (precision_ != other.precision_ || scale_ != other.scale_)) return false;
  return children_ == other.children_ || *children_ == *other.children_;
}

static std::string text_of_row(const LogicalType& type, std::string text) {
  for (std::size_t i = 0; i < type.size(); ++i) {
    if (i > 0) text += ", ";
    append_quoted(text, type.field(i).name);
    text += ' ';
    text += type.child(i).summary();
  }
  return text + ">";
}

static std::string text_without_nullability(const LogicalType& type, const std::string* name) {
  const int precision = type.precision();
  switch (type.root()) {
    case TypeRoot::null:
      return "NULL";
    case TypeRoot::boolean:
      return "BOOLEAN";
    case TypeRoot::tinyint:
      return "TINYINT";
    case TypeRoot::smallint:
      return "SMALLINT";
    case TypeRoot::integer:
      return "INT";
    case TypeRoot::bigint:
      return "BIGINT";
    case TypeRoot::decimal:
      return "DECIMAL(" + std::to_string(precision) + ", " + std::to_string(type.scale()) + ")";
    case TypeRoot::float_:
      return "FLOAT";
    case TypeRoot::double_:
      return "DOUBLE";
    case TypeRoot::char_:
      return with_number("CHAR", precision);
    case TypeRoot::varchar:
      return precision == LogicalType::length_max ? "STRING" : with_number("VARCHAR", precision);
    case TypeRoot::binary:
      return with_number("BINARY", precision);
    case TypeRoot::varbinary:
      return precision == LogicalType::length_max ? "BYTES" : with_number("VARBINARY", precision);
    case TypeRoot::date:
      return "DATE";
    case TypeRoot::time:
      return with_number("TIME", precision);
    case TypeRoot::timestamp:
      return with_number("TIMESTAMP", precision);
    case TypeRoot::timestamp_ltz:
      return with_number("TIMESTAMP_LTZ", precision);
    case TypeRoot::interval_year_month:
      return "INTERVAL MONTH";
    case TypeRoot::interval_day_time:
      return "INTERVAL SECOND(3)";
    case TypeRoot::array:
      return "ARRAY<" + type.child().summary() + ">";
    case TypeRoot::multiset:
      return "MULTISET<" + type.child().summary() + ">";
    case TypeRoot::map:
      return "MAP<" + type.child(0).summary() + ", " + type.child(1).summary() + ">";
    case TypeRoot::row:
      if (name) return text_of_row(type, "STRUCTURED<'" + *name + "', ");
      return text_of_row(type, "ROW<");
    case TypeRoot::variant:
      return "VARIANT";
    case TypeRoot::bitmap:
      return "BITMAP";
    case TypeRoot::symbol:
      return "SYMBOL";
  }
  return "";
}

std::string LogicalType::summary() const {
  std::string text = text_without_nullability(*this, class_name_.get());
  if (!nullable_) text += " NOT NULL";
  return text;
}

LogicalType as_decimal(const LogicalType& type) {
  switch (type.root()) {
    case TypeRoot::tinyint:
      return LogicalType::decimal(3, 0).with_nullable(type.nullable());
    case TypeRoot::smallint:
      return LogicalType::decimal(5, 0).with_nullable(type.nullable());
    case TypeRoot::integer:
      return LogicalType::decimal(10, 0).with_nullable(type.nullable());
    case TypeRoot::bigint:
      return LogicalType::decimal(19, 0).with_nullable(type.nullable());
    default:
      return type;
  }
}

}  // namespace flink::table
