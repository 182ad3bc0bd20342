// SPDX-License-Identifier: Apache-2.0
#include "table/type_merging.h"

#include <algorithm>
#include <vector>

namespace flink::table {

namespace {

// Digits before the point are kept, those behind it give way, down to six.
LogicalType adjusted(int precision, int scale) {
  if (precision <= LogicalType::decimal_precision_max)
    return LogicalType::decimal(precision, scale);
  const int digits = precision - scale;
  const int kept = std::min(scale, 6);
  return LogicalType::decimal(LogicalType::decimal_precision_max,
                              std::max(LogicalType::decimal_precision_max - digits, kept));
}

bool similar(const LogicalType& a, const LogicalType& b) {
  return (a.is_character() && b.is_character()) || (a.is_binary() && b.is_binary()) ||
         (a.is_numeric() && b.is_numeric()) || (a.is_timestamp() && b.is_timestamp()) ||
         a.root() == b.root();
}

LogicalType common_string(const LogicalType& a, const LogicalType& b) {
  const int length = std::max(a.length(), b.length());
  if (a.root() == b.root() && a.length() == b.length()) return a;
  return LogicalType{a.is_character() ? TypeRoot::varchar : TypeRoot::varbinary, length};
}

LogicalType common_exact(const LogicalType& a, const LogicalType& b) {
  if (a.same(b)) return a;
  if (!a.is(TypeRoot::decimal) && !b.is(TypeRoot::decimal)) return a.root() < b.root() ? b : a;
  const LogicalType left = as_decimal(a), right = as_decimal(b);
  const int max = LogicalType::decimal_precision_max;
  const int digits =
      std::min(std::max(left.precision() - left.scale(), right.precision() - right.scale()), max);
  const int scale = std::min(std::max(left.scale(), right.scale()), max - digits);
  return LogicalType::decimal(digits + scale, scale);
}

using Merge = std::optional<LogicalType> (*)(std::span<const LogicalType>);

std::optional<LogicalType> common_constructed(std::span<const LogicalType> types, Merge merge) {
  const LogicalType& first = types.front();
  for (const LogicalType& type : types) {
    if (!type.is(first.root()) || type.size() != first.size()) return {};
  }
  std::vector<Field> fields;
  for (std::size_t i = 0; i < first.size(); ++i) {
    std::vector<LogicalType> children;
    for (const LogicalType& type : types) children.push_back(type.child(i));
    auto child = merge(children);
    if (!child) return {};
    fields.push_back({first.field(i).name, *child});
  }
  switch (first.root()) {
    case TypeRoot::array:
      return LogicalType::array(fields[0].type);
    case TypeRoot::multiset:
      return LogicalType::multiset(fields[0].type);
    case TypeRoot::map:
      return LogicalType::map(fields[0].type, fields[1].type);
    default:
      return LogicalType::row(std::move(fields));
  }
}

// DATETIME with an interval, or a date or timestamp with a number of days.
std::optional<LogicalType> common_pattern(const LogicalType& a, const LogicalType& b) {
  const auto dated = [](const LogicalType& type) {
    return type.is_timestamp() || type.is(TypeRoot::date);
  };
  if (a.is_datetime() && b.is_interval()) return a;
  if (a.is_interval() && b.is_datetime()) return b;
  if (dated(a) && b.is_exact()) return a;
  if (a.is_exact() && dated(b)) return b;
  return {};
}

std::optional<LogicalType> common_of_two(const LogicalType& a, const LogicalType& b) {
  if (const auto pattern = common_pattern(a, b)) return pattern;
  if (!similar(a, b)) return {};
  if (a.is_character() || a.is_binary()) return common_string(a, b);
  if (a.is_exact() && b.is_exact()) return common_exact(a, b);
  if (a.is_approximate() && b.is_approximate()) return a.is(TypeRoot::double_) ? a : b;
  if (a.is_approximate()) return b.is(TypeRoot::decimal) ? LogicalType{TypeRoot::double_} : a;
  if (b.is_approximate()) return b;
  if (a.is(TypeRoot::date)) return a;
  if (a.is(TypeRoot::time)) return a.precision() < b.precision() ? b : a;
  if (a.is_timestamp()) {
    const bool zoned = a.is(TypeRoot::timestamp_ltz) || b.is(TypeRoot::timestamp_ltz);
    return LogicalType{zoned ? TypeRoot::timestamp_ltz : TypeRoot::timestamp,
                       std::max(a.precision(), b.precision())};
  }
  if (a.is_interval()) return a;
  return {};
}

std::optional<LogicalType> common_castable(std::span<const LogicalType> types) {
  LogicalType result = types.front();
  for (const LogicalType& type : types) {
    if (type.is(TypeRoot::null)) continue;
    if (implicit_cast_exists(result, type)) {
      result = type;
    } else if (!implicit_cast_exists(type, result)) {
      return {};
    }
  }
  return result;
}

std::vector<LogicalType> nullable_types(std::span<const LogicalType> types, bool& any) {
  std::vector<LogicalType> out;
  for (const LogicalType& type : types) {
    any = any || type.nullable();
    out.push_back(type.with_nullable(true));
  }
  return out;
}

std::optional<LogicalType> common_nullable(std::span<const LogicalType> types) {
  std::optional<LogicalType> result;
  for (const LogicalType& type : types) {
    if (type.is(TypeRoot::null)) continue;
    if (!result) result = type;
    if (type.is_constructed()) return common_constructed(types, &common_type);
    result = common_of_two(*result, type);
    if (!result) return {};
  }
  return result;
}

}  // namespace

std::optional<LogicalType> common_type(std::span<const LogicalType> types) {
  bool nullable = false;
  const auto normal = nullable_types(types, nullable);
  auto found = common_nullable(normal);
  if (!found) found = common_castable(normal);
  if (!found || found->is(TypeRoot::null)) return {};
  return found->with_nullable(nullable);
}

namespace {

// One step of Calcite's: `next` is what follows `type`, which decides about times and intervals.
std::optional<LogicalType> restrict_by(const LogicalType& result, const LogicalType& type) {
  if (type.is_character() || type.is_binary()) {
    if (!similar(result, type)) return {};
    return common_string(result, type);
  }
  if (type.is_exact()) {
    if (result.is_exact()) return common_exact(result, type);
    if (!result.is_approximate()) return {};
    return type.is(TypeRoot::decimal) ? LogicalType{TypeRoot::double_} : result;
  }
  if (type.is_approximate()) {
    if (result.is_approximate()) return result;  // both have the same precision: the first stays
    if (!result.is_exact()) return {};
    return result.is(TypeRoot::decimal) ? LogicalType{TypeRoot::double_} : type;
  }
  if (type.is_interval() && result.root() == type.root()) return result;
  return {};
}

}  // namespace

LogicalType interval_added(const LogicalType& datetime, const LogicalType& interval) {
  if (!interval.is(TypeRoot::interval_day_time)) return datetime;
  if (datetime.is(TypeRoot::date)) return datetime;
  return LogicalType{datetime.root(), std::max(interval.precision(), datetime.precision())};
}

namespace {

bool numbers_castable(const LogicalType& from, const LogicalType& to) {
  if (from.is(TypeRoot::null) || from.same(to)) return true;
  if (from.is(TypeRoot::date) && to.is_timestamp()) return true;
  if (from.is_timestamp() && to.is_timestamp()) return to.precision() >= from.precision();
  if (from.root() == to.root() && !from.is_constructed()) return true;
  return false;
}

}  // namespace

std::optional<LogicalType> least_restrictive_type(std::span<const LogicalType> types) {
  bool nullable = false;
  const auto all = nullable_types(types, nullable);
  std::vector<LogicalType> known;
  for (const LogicalType& type : all) {
    if (!type.is(TypeRoot::null)) known.push_back(type);
  }
  if (known.empty()) return {};
  if (known[0].is_constructed()) {
    auto merged = common_constructed(known, &least_restrictive_type);
    if (!merged) return {};
    return merged->with_nullable(nullable);
  }
  std::optional<LogicalType> result = known[0];
  for (std::size_t i = 0; i < known.size() && result; ++i) {
    const LogicalType& type = known[i];
    const LogicalType* next = i + 1 < known.size() ? &known[i + 1] : nullptr;
    if (type.is_exact() && result->is_exact() && next && next->is_datetime()) {
      return next->with_nullable(nullable);
    }
    if (type.is_interval() && next && next->is_datetime()) {
      return interval_added(*next, type).with_nullable(nullable);
    }
    if (type.is_datetime() && next && next->is_interval()) {
      return interval_added(type, *next).with_nullable(nullable);
    }
    if (type.is_datetime() && next && next->is_integer()) return type.with_nullable(nullable);
    result = restrict_by(*result, type);
  }
  if (!result) {
    result = known[0];
    for (const LogicalType& type : known) {
      if (numbers_castable(*result, type)) {
        result = type;
      } else if (!numbers_castable(type, *result)) {
        return {};
      }
    }
  }
  return result->with_nullable(nullable);
}

LogicalType decimal_sum_type(const LogicalType& left, const LogicalType& right) {
  const LogicalType a = as_decimal(left), b = as_decimal(right);
  const int scale = std::max(a.scale(), b.scale());
  return adjusted(std::max(a.precision() - a.scale(), b.precision() - b.scale()) + scale + 1,
                  scale);
}

LogicalType decimal_product_type(const LogicalType& left, const LogicalType& right) {
  const LogicalType a = as_decimal(left), b = as_decimal(right);
  return adjusted(a.precision() + b.precision() + 1, a.scale() + b.scale());
}

LogicalType decimal_quotient_type(const LogicalType& left, const LogicalType& right) {
  const LogicalType a = as_decimal(left), b = as_decimal(right);
  const int scale = std::max(6, a.scale() + b.precision() + 1);
  return adjusted(a.precision() - a.scale() + b.scale() + scale, scale);
}

LogicalType decimal_remainder_type(const LogicalType& left, const LogicalType& right) {
  const LogicalType a = as_decimal(left), b = as_decimal(right);
  const int scale = std::max(a.scale(), b.scale());
  return adjusted(std::min(a.precision() - a.scale(), b.precision() - b.scale()) + scale, scale);
}

LogicalType decimal_round_type(const LogicalType& type, int digits) {
  const int precision = type.precision(), scale = type.scale();
  if (digits >= scale) return LogicalType::decimal(precision, scale);
  if (digits < 0) {
    return LogicalType::decimal(std::min(LogicalType::decimal_precision_max, 1 + precision - scale),
                                0);
  }
  return LogicalType::decimal(1 + precision - scale + digits, digits);
}

}  // namespace flink::table
