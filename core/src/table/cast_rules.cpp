// SPDX-License-Identifier: Apache-2.0
// Which casts there are, implicit and explicit.
#include "table/type_merging.h"

namespace flink::table {

namespace {

template <class Rule>
bool constructed_cast_exists(const LogicalType& from, const LogicalType& to, Rule rule) {
  if (from.root() != to.root() || from.size() != to.size()) return false;
  for (std::size_t i = 0; i < from.size(); ++i) {
    if (!rule(from.child(i), to.child(i))) return false;
  }
  return true;
}

bool widens(TypeRoot from, const LogicalType& source, TypeRoot to) {
  switch (to) {
    case TypeRoot::varchar:
      return source.is_character();
    case TypeRoot::varbinary:
      return source.is_binary();
    case TypeRoot::decimal:
    case TypeRoot::double_:
      return source.is_numeric();
    case TypeRoot::float_:
      return source.is_exact();
    case TypeRoot::smallint:
    case TypeRoot::integer:
    case TypeRoot::bigint:
      return source.is_integer() && from <= to;
    case TypeRoot::date:
    case TypeRoot::time:
      return source.is(TypeRoot::timestamp);
    case TypeRoot::timestamp:
    case TypeRoot::timestamp_ltz:
      return source.is_timestamp();
    default:
      return false;
  }
}

}  // namespace

bool implicit_cast_exists(const LogicalType& from, const LogicalType& to) {
  if (from.nullable() && !to.nullable()) return false;
  if (from.same(to) || from.is(TypeRoot::null)) return true;
  if (from.is_interval() && to.is_exact()) return true;
  if (from.is_exact() && to.is_interval()) return true;
  if (from.is_constructed() || to.is_constructed()) {
    return constructed_cast_exists(from, to, &implicit_cast_exists);
  }
  return from.root() == to.root() || widens(from.root(), from, to.root());
}

bool explicit_cast_exists(const LogicalType& from, const LogicalType& to) {
  if (from.is(TypeRoot::null)) return true;
  if (from.is(TypeRoot::variant) || to.is(TypeRoot::variant)) return from.root() == to.root();
  if (to.is_character()) return true;
  if (from.is(TypeRoot::bitmap) || to.is(TypeRoot::bitmap)) return from.root() == to.root();
  if (from.is_constructed() || to.is_constructed()) {
    return constructed_cast_exists(from, to, &explicit_cast_exists);
  }
  const bool text = from.is_character();
  switch (to.root()) {
    case TypeRoot::boolean:
      return text || from.is(TypeRoot::boolean) || from.is_numeric();
    case TypeRoot::binary:
    case TypeRoot::varbinary:
      return text || from.is_binary();
    case TypeRoot::tinyint:
    case TypeRoot::smallint:
    case TypeRoot::integer:
    case TypeRoot::bigint:
    case TypeRoot::decimal:
    case TypeRoot::float_:
    case TypeRoot::double_:
      return text || from.is_numeric() || from.is(TypeRoot::boolean);
    case TypeRoot::date:
      return text || from.is(TypeRoot::date) || from.is_timestamp();
    case TypeRoot::time:
      return text || from.is(TypeRoot::time) || from.is_timestamp();
    case TypeRoot::timestamp:
    case TypeRoot::timestamp_ltz:
      return text || from.is_datetime();
    case TypeRoot::interval_year_month:
    case TypeRoot::interval_day_time:
      return from.root() == to.root();
    default:
      return from.root() == to.root();
  }
}

}  // namespace flink::table
