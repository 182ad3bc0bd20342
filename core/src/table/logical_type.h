// SPDX-License-Identifier: Apache-2.0
// SQL's types as Flink has them: what a column or an expression is, with nullability, and its text
// ("DECIMAL(10, 2) NOT NULL"). A value: copied freely, children are shared and never change.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace flink::table {

enum class TypeRoot : std::uint8_t {
  null,
  boolean,
  tinyint,
  smallint,
  integer,
  bigint,
  decimal,
  float_,
  double_,
  char_,
  varchar,
  binary,
  varbinary,
  date,
  time,
  timestamp,
  timestamp_ltz,
  interval_year_month,
  interval_day_time,
  array,
  map,
  multiset,
  row,
  variant,
  bitmap,
  symbol,  // a keyword that stands as an argument: a unit of time, a mode
};

struct Field;

class LogicalType {
 public:
  static constexpr int length_max = std::numeric_limits<std::int32_t>::max();
  static constexpr int decimal_precision_max = 38;

  explicit LogicalType(TypeRoot root = TypeRoot::null, int precision = 0, int scale = 0)
      : root_(root), precision_(precision), scale_(scale) {}

  static LogicalType decimal(int precision, int scale) {
    return LogicalType{TypeRoot::decimal, precision, scale};
  }
  static LogicalType string() { return LogicalType{TypeRoot::varchar, length_max}; }
  static LogicalType bytes() { return LogicalType{TypeRoot::varbinary, length_max}; }
  static LogicalType array(LogicalType element);
  static LogicalType multiset(LogicalType element);
  static LogicalType map(LogicalType key, LogicalType value);
  static LogicalType row(std::vector<Field> fields);
  // A row that names the class of user's objects: STRUCTURED<'name', ...>.
  static LogicalType structured(std::string name, std::vector<Field> fields);

  TypeRoot root() const noexcept { return root_; }
  bool is(TypeRoot root) const noexcept { return root_ == root; }
  bool nullable() const noexcept { return nullable_; }
  // Digits of a DECIMAL, characters or bytes, fraction digits of a time; of an interval those that
  // were written, which do not count in comparisons.
  int precision() const noexcept { return precision_; }
  int length() const noexcept { return precision_; }
  int scale() const noexcept { return scale_; }
  std::size_t size() const noexcept { return children_ ? children_->size() : 0; }
  const Field& field(std::size_t index) const { return (*children_)[index]; }
  const LogicalType& child(std::size_t index = 0) const;

  LogicalType with_nullable(bool nullable) const {
    LogicalType copy = *this;
    copy.nullable_ = nullable;
    return copy;
  }
  LogicalType not_null() const { return with_nullable(false); }

  // As Flink prints it; `NOT NULL` at the end when it cannot be NULL.
  std::string summary() const;

  // Names of fields count; see `same` for without nullability.
  bool operator==(const LogicalType& other) const;
  // Equal but for the outermost nullability.
  bool same(const LogicalType& other) const {
    return with_nullable(true) == other.with_nullable(true);
  }

  // Families.
  bool is_character() const noexcept { return in(TypeRoot::char_, TypeRoot::varchar); }
  bool is_binary() const noexcept { return in(TypeRoot::binary, TypeRoot::varbinary); }
  bool is_integer() const noexcept { return in(TypeRoot::tinyint, TypeRoot::bigint); }
  bool is_exact() const noexcept { return in(TypeRoot::tinyint, TypeRoot::decimal); }
  bool is_approximate() const noexcept { return in(TypeRoot::float_, TypeRoot::double_); }
  bool is_numeric() const noexcept { return in(TypeRoot::tinyint, TypeRoot::double_); }
  bool is_timestamp() const noexcept { return in(TypeRoot::timestamp, TypeRoot::timestamp_ltz); }
  bool is_datetime() const noexcept { return in(TypeRoot::date, TypeRoot::timestamp_ltz); }
  bool is_interval() const noexcept {
    return in(TypeRoot::interval_year_month, TypeRoot::interval_day_time);
  }
  bool is_collection() const noexcept { return in(TypeRoot::array, TypeRoot::multiset); }
  bool is_constructed() const noexcept { return in(TypeRoot::array, TypeRoot::row); }

 private:
  bool in(TypeRoot from, TypeRoot to) const noexcept { return root_ >= from && root_ <= to; }

  TypeRoot root_;
  bool nullable_ = true;
  int precision_;
  int scale_;
  std::shared_ptr<const std::vector<Field>> children_;
  std::shared_ptr<const std::string> class_name_;  // of a STRUCTURED
};

struct Field {
  std::string name;
  LogicalType type;
  bool operator==(const Field& other) const = default;
};

// The digits that all values of an exact type have room for: TINYINT is DECIMAL(3, 0) and so on.
LogicalType as_decimal(const LogicalType& type);

}  // namespace flink::table
