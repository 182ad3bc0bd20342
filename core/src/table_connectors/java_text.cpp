// SPDX-License-Identifier: Apache-2.0
#include "table_connectors/java_text.h"

#include <cstdlib>

#include "table/fn/calendar.h"
#include "table/value_text.h"
#include "table_connectors/scalar_text.h"

namespace flink::table_connectors {

using table::Timestamp;
namespace fn = table::fn;

namespace {

// LocalTime.toString(): seconds if they count, a fraction of three, six or nine digits.
void append_clock(std::string& out, std::int64_t nanos, bool seconds_always) {
  const std::int64_t seconds = nanos / 1'000'000'000, fraction = nanos % 1'000'000'000;
  table::append_padded(out, seconds / 3600, 2);
  out += ':';
  table::append_padded(out, seconds / 60 % 60, 2);
  if (seconds % 60 == 0 && fraction == 0 && !seconds_always) return;
  out += ':';
  table::append_padded(out, seconds % 60, 2);
  if (fraction == 0) return;
  std::string digits;
  table::append_padded(digits, fraction, 9);
  while (digits.ends_with("000")) digits.resize(digits.size() - 3);
  out += "." + digits;
}

void append_stamp(std::string& out, Timestamp stamp, bool instant) {
  table::append_date(out, fn::floor_div(stamp.millis, fn::day_millis));
  out += 'T';
  append_clock(out, fn::floor_mod(stamp.millis, fn::day_millis) * 1'000'000 + stamp.nanos, instant);
  if (instant) out += 'Z';
}

// Period and Duration.
void append_period(std::string& out, std::int64_t months) {
  if (months == 0) {
    out += "P0D";
    return;
  }
  out += 'P';
  if (months / 12 != 0) out += std::to_string(months / 12) + "Y";
  if (months % 12 != 0) out += std::to_string(months % 12) + "M";
}
void append_duration(std::string& out, std::int64_t millis) {
  if (millis == 0) {
    out += "PT0S";
    return;
  }
  out += "PT";
  const std::int64_t seconds = millis / 1000, fraction = std::abs(millis % 1000);
  if (seconds / 3600 != 0) out += std::to_string(seconds / 3600) + "H";
  if (seconds / 60 % 60 != 0) out += std::to_string(seconds / 60 % 60) + "M";
  if (seconds % 60 == 0 && fraction == 0) return;
  if (millis < 0 && seconds % 60 == 0) out += '-';
  out += std::to_string(seconds % 60);
  if (fraction != 0) {
    std::string digits;
    table::append_padded(digits, fraction, 3);
    while (digits.back() == '0') digits.pop_back();
    out += "." + digits;
  }
  out += 'S';
}

void append_bytes(std::string& out, std::string_view bytes) {
  out += '[';
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (i > 0) out += ", ";
    out += std::to_string(static_cast<int>(static_cast<signed char>(bytes[i])));
  }
  out += ']';
}

void append_java(std::string& out, const LogicalType& type, const Datum& value);

void append_pairs(std::string& out, const LogicalType& type, std::span<const Datum> items) {
  static const LogicalType counts{TypeRoot::integer};
  const LogicalType& values = type.is(TypeRoot::map) ? type.child(1) : counts;
  out += '{';
  for (std::size_t i = 0; i < items.size(); i += 2) {
    if (i > 0) out += ", ";
    append_java(out, type.child(), items[i]);
    out += '=';
    append_java(out, values, items[i + 1]);
  }
  out += '}';
}

void append_java(std::string& out, const LogicalType& type, const Datum& value) {
  if (value.null) {
    out += "null";
    return;
  }
  switch (type.root()) {
    case TypeRoot::time:
      return append_clock(out, value.get<table::Time>().millis * 1'000'000LL, false);
    case TypeRoot::timestamp:
    case TypeRoot::timestamp_ltz:
      return append_stamp(out, value.get<Timestamp>(), type.is(TypeRoot::timestamp_ltz));
    case TypeRoot::interval_year_month:
      return append_period(out, value.get<table::Months>().months);
    case TypeRoot::interval_day_time:
      return append_duration(out, value.get<table::Millis>().millis);
    case TypeRoot::binary:
    case TypeRoot::varbinary:
    case TypeRoot::bitmap:
      return append_bytes(out, value.text());
    case TypeRoot::map:
    case TypeRoot::multiset:
      return append_pairs(out, type, value.items());
    case TypeRoot::row:
      return append_java_row(out, table::RowKind::insert, type, value.items());
    case TypeRoot::array: {
      out += '[';
      for (std::size_t i = 0; i < value.items().size(); ++i) {
        if (i > 0) out += ", ";
        append_java(out, type.child(), value.items()[i]);
      }
      out += ']';
      return;
    }
    default: {
      ScalarStyle style;
      style.plain_decimals = false;
      return append_scalar(out, type, value, style);
    }
  }
}

}  // namespace

void append_java_row(std::string& out, table::RowKind kind, const LogicalType& type,
                     std::span<const Datum> values) {
  out += table::short_name(kind);
  out += '[';
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i > 0) out += ", ";
    append_java(out, type.child(i), values[i]);
  }
  out += ']';
}

}  // namespace flink::table_connectors
