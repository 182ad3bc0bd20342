// SPDX-License-Identifier: Apache-2.0
#include "table/value.h"

namespace flink::table {

std::size_t width_of(const LogicalType& type) {
  switch (type.root()) {
    case TypeRoot::null:
    case TypeRoot::boolean:
    case TypeRoot::tinyint:
      return 1;
    case TypeRoot::smallint:
      return 2;
    case TypeRoot::integer:
    case TypeRoot::float_:
    case TypeRoot::date:
    case TypeRoot::time:
    case TypeRoot::interval_year_month:
      return 4;
    case TypeRoot::bigint:
    case TypeRoot::double_:
    case TypeRoot::interval_day_time:
      return 8;
    default:
      return 16;
  }
}

std::int64_t integer_of(const LogicalType& type, const Datum& value) {
  switch (width_of(type)) {
    case 1:
      return value.get<std::int8_t>();
    case 2:
      return value.get<std::int16_t>();
    case 4:
      return value.get<std::int32_t>();
    default:
      return value.get<std::int64_t>();
  }
}

Datum integer_datum(const LogicalType& type, std::int64_t value) {
  switch (width_of(type)) {
    case 1:
      return Datum{static_cast<std::int8_t>(value)};
    case 2:
      return Datum{static_cast<std::int16_t>(value)};
    case 4:
      return Datum{static_cast<std::int32_t>(value)};
    default:
      return Datum{value};
  }
}

const LogicalType& item_type(const LogicalType& type, std::size_t index) {
  static const LogicalType count{TypeRoot::integer};
  switch (type.root()) {
    case TypeRoot::row:
      return type.child(index);
    case TypeRoot::map:
      return type.child(index % 2);
    case TypeRoot::multiset:
      return index % 2 ? count : type.child();
    default:
      return type.child();
  }
}

}  // namespace flink::table
