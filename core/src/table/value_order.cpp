// SPDX-License-Identifier: Apache-2.0
#include "table/value_order.h"

#include <cmath>
#include <functional>

namespace flink::table {

namespace {

template <class T>
int order(T a, T b) {
  return a < b ? -1 : b < a ? 1 : 0;
}
template <class T>
int order_floats(T a, T b) {
  if (std::isnan(a) || std::isnan(b)) return order<int>(std::isnan(a), std::isnan(b));
  return order(a, b);
}

int order_timestamps(Timestamp a, Timestamp b) {
  return a.millis != b.millis ? order(a.millis, b.millis) : order(a.nanos, b.nanos);
}

// Entries in any order.
bool equal_entries(const LogicalType& type, std::span<const Datum> a, std::span<const Datum> b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); i += 2) {
    bool found = false;
    for (std::size_t j = 0; j < b.size() && !found; j += 2) {
      found = equal_nullable(item_type(type, 0), a[i], b[j]) &&
              equal_nullable(item_type(type, 1), a[i + 1], b[j + 1]);
    }
    if (!found) return false;
  }
  return true;
}

int order_items(const LogicalType& type, std::span<const Datum> a, std::span<const Datum> b) {
  for (std::size_t i = 0; i < a.size() && i < b.size(); ++i) {
    if (const int way = compare_nullable(item_type(type, i), a[i], b[i])) return way;
  }
  return order(a.size(), b.size());
}

}  // namespace

int compare_values(const LogicalType& type, const Datum& a, const Datum& b) {
  switch (type.root()) {
    case TypeRoot::boolean:
      return order<int>(a.get<bool>(), b.get<bool>());
    case TypeRoot::tinyint:
    case TypeRoot::smallint:
    case TypeRoot::integer:
    case TypeRoot::bigint:
    case TypeRoot::date:
    case TypeRoot::time:
    case TypeRoot::interval_year_month:
    case TypeRoot::interval_day_time:
      return order(integer_of(type, a), integer_of(type, b));
    case TypeRoot::decimal:
      return order(a.get<Decimal>().unscaled, b.get<Decimal>().unscaled);
    case TypeRoot::float_:
      return order_floats(a.get<float>(), b.get<float>());
    case TypeRoot::double_:
      return order_floats(a.get<double>(), b.get<double>());
    case TypeRoot::timestamp:
    case TypeRoot::timestamp_ltz:
      return order_timestamps(a.get<Timestamp>(), b.get<Timestamp>());
    case TypeRoot::array:
    case TypeRoot::row:
    case TypeRoot::map:
    case TypeRoot::multiset:
      return order_items(type, a.items(), b.items());
    case TypeRoot::null:
      return 0;
    default:
      return a.text().compare(b.text());
  }
}

bool equal_values(const LogicalType& type, const Datum& a, const Datum& b) {
  switch (type.root()) {
    case TypeRoot::float_:
      return a.get<float>() == b.get<float>();
    case TypeRoot::double_:
      return a.get<double>() == b.get<double>();
    case TypeRoot::map:
    case TypeRoot::multiset:
      return equal_entries(type, a.items(), b.items());
    case TypeRoot::array:
    case TypeRoot::row: {
      const auto left = a.items(), right = b.items();
      if (left.size() != right.size()) return false;
      for (std::size_t i = 0; i < left.size(); ++i) {
        if (!equal_nullable(item_type(type, i), left[i], right[i])) return false;
      }
      return true;
    }
    default:
      return compare_values(type, a, b) == 0;
  }
}

int compare_nullable(const LogicalType& type, const Datum& a, const Datum& b) {
  if (a.null || b.null) return order<int>(!a.null, !b.null);
  return compare_values(type, a, b);
}

bool equal_nullable(const LogicalType& type, const Datum& a, const Datum& b) {
  if (a.null || b.null) return a.null == b.null;
  return equal_values(type, a, b);
}

std::size_t hash_value(const LogicalType& type, const Datum& value) {
  if (value.null) return 0;
  if (type.is_constructed()) {
    const bool unordered = type.is(TypeRoot::map) || type.is(TypeRoot::multiset);
    std::size_t hash = 1;
    const auto items = value.items();
    for (std::size_t i = 0; i < items.size(); ++i) {
      const std::size_t one = hash_value(item_type(type, i), items[i]);
      hash = unordered ? hash + one : hash * 31 + one;
    }
    return hash;
  }
  const std::size_t width = width_of(type);
  if (type.is(TypeRoot::float_)) return std::hash<float>{}(value.get<float>());
  if (type.is(TypeRoot::double_)) return std::hash<double>{}(value.get<double>());
  if (width == 16 && !type.is(TypeRoot::decimal) && !type.is_timestamp()) {
    return std::hash<std::string_view>{}(value.text());
  }
  if (type.is_timestamp()) {
    const auto time = value.get<Timestamp>();
    return std::hash<std::int64_t>{}(time.millis) * 31 + static_cast<std::size_t>(time.nanos);
  }
  if (type.is(TypeRoot::decimal)) {
    const auto bits = static_cast<uint128>(value.get<Decimal>().unscaled);
    return static_cast<std::size_t>(bits ^ (bits >> 64));
  }
  return std::hash<std::int64_t>{}(integer_of(type, value));
}

bool has_order(const LogicalType& type) {
  return !type.is_constructed() && !type.is(TypeRoot::variant) && !type.is(TypeRoot::bitmap);
}

}  // namespace flink::table
