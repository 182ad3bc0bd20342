// SPDX-License-Identifier: Apache-2.0
#include "table/value_text.h"

#include <cstdlib>

#include "base/number_text.h"
#include "base/text.h"
#include "table/fn/bitmap.h"
#include "table/fn/calendar.h"
#include "table/fn/decimal.h"
#include "table/fn/utf8.h"
#include "table/time_zone.h"

namespace flink::table {

void append_padded(std::string& out, std::int64_t value, int digits) {
  const std::string text = std::to_string(std::abs(value));
  if (value < 0) out += '-';
  for (int i = static_cast<int>(text.size()); i < digits; ++i) out += '0';
  out += text;
}

void append_date(std::string& out, std::int64_t days) {
  const fn::Civil civil = fn::civil_of(days);
  append_padded(out, civil.year, 4);
  out += '-';
  append_padded(out, civil.month, 2);
  out += '-';
  append_padded(out, civil.day, 2);
}

static void append_clock(std::string& out, std::int64_t seconds) {
  append_padded(out, seconds / 3600, 2);
  out += ':';
  append_padded(out, seconds / 60 % 60, 2);
  out += ':';
  append_padded(out, seconds % 60, 2);
}

void append_timestamp(std::string& out, Timestamp value, int precision) {
  const std::int64_t days = fn::floor_div(value.millis, fn::day_millis);
  const std::int64_t of_day = fn::floor_mod(value.millis, fn::day_millis);
  append_date(out, days);
  out += ' ';
  append_clock(out, of_day / 1000);
  if (precision <= 0) return;
  std::string fraction;
  append_padded(fraction, of_day % 1000 * 1'000'000 + value.nanos, 9);
  out += '.';
  out.append(fraction, 0, static_cast<std::size_t>(precision));
}

void append_time_of_day(std::string& out, std::int32_t millis, int precision) {
  append_clock(out, millis / 1000);
  if (precision <= 0) return;
  // Trailing zeros are not printed, as Flink does.
  std::string fraction;
  append_padded(fraction, millis % 1000, 3);
  fraction.resize(static_cast<std::size_t>(std::min(precision, 3)));
  while (!fraction.empty() && fraction.back() == '0') fraction.pop_back();
  if (!fraction.empty()) out += "." + fraction;
}

const TimeZone& zone_of(const Session& session) {
  return session.zone ? *session.zone : *TimeZone::utc();
}

namespace {

void append_months(std::string& out, std::int64_t months) {
  out += months < 0 ? '-' : '+';
  out += std::to_string(std::abs(months) / 12) + "-";
  append_padded(out, std::abs(months) % 12, 2);
}

void append_millis(std::string& out, std::int64_t millis) {
  out += millis < 0 ? '-' : '+';
  const std::int64_t all = std::abs(millis);
  out += std::to_string(all / fn::day_millis) + " ";
  append_clock(out, all % fn::day_millis / 1000);
  out += '.';
  append_padded(out, all % 1000, 3);
}

void append_inner(std::string& out, const LogicalType& type, const Datum& value,
                  const Session& session, TextStyle style) {
  if (value.null) {
    out += "NULL";
  } else {
    append_value(out, type, value, session, style);
  }
}

void append_items(std::string& out, const LogicalType& type, const Datum& value,
                  const Session& session, TextStyle style) {
  const auto items = value.items();
  const bool pairs = type.is(TypeRoot::map) || type.is(TypeRoot::multiset);
  const LogicalType count{TypeRoot::integer};
  out += pairs ? '{' : type.is(TypeRoot::row) ? '(' : '[';
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (i > 0) out += pairs && i % 2 == 1 ? "=" : ", ";
    const bool counted = type.is(TypeRoot::multiset) && i % 2 == 1;
    const LogicalType& item = counted                  ? count
                              : type.is(TypeRoot::row) ? type.child(i)
                              : type.is(TypeRoot::map) ? type.child(i % 2)
                                                       : type.child();
    append_inner(out, item, items[i], session, style);
  }
  out += pairs ? '}' : type.is(TypeRoot::row) ? ')' : ']';
}

void append_bytes(std::string& out, std::string_view bytes, TextStyle style) {
  if (style == TextStyle::cast) {
    out += fn::well_formed(bytes);
    return;
  }
  out += "x'";
  base::append_hex(out, bytes);
  out += '\'';
}

}  // namespace

void append_value(std::string& out, const LogicalType& type, const Datum& value,
                  const Session& session, TextStyle style) {
  if (value.null) {
    out += style == TextStyle::client ? "<NULL>" : "NULL";
    return;
  }
  switch (type.root()) {
    case TypeRoot::boolean:
      out += value.get<bool>() ? "TRUE" : "FALSE";
      break;
    case TypeRoot::tinyint:
    case TypeRoot::smallint:
    case TypeRoot::integer:
    case TypeRoot::bigint:
      out += std::to_string(integer_of(type, value));
      break;
    case TypeRoot::decimal:
      fn::append_decimal(out, value.get<Decimal>().unscaled, type.scale());
      break;
    case TypeRoot::float_: {
      char text[base::number_text_max];
      out.append(text, base::write_number(text, value.get<float>()));
      break;
    }
    case TypeRoot::double_:
      out += base::number_text(value.get<double>());
      break;
    case TypeRoot::char_:
    case TypeRoot::varchar:
    case TypeRoot::variant:
    case TypeRoot::symbol:
      out += value.text();
      break;
    case TypeRoot::bitmap:
      fn::append_bitmap(out, value.text());
      break;
    case TypeRoot::binary:
    case TypeRoot::varbinary:
      append_bytes(out, value.text(), style);
      break;
    case TypeRoot::date:
      append_date(out, value.get<Date>().days);
      break;
    case TypeRoot::time:
      append_time_of_day(out, value.get<Time>().millis, type.precision());
      break;
    case TypeRoot::timestamp:
      append_timestamp(out, value.get<Timestamp>(), type.precision());
      break;
    case TypeRoot::timestamp_ltz: {
      Timestamp local = value.get<Timestamp>();
      local.millis = zone_of(session).local_of(local.millis);
      append_timestamp(out, local, type.precision());
      break;
    }
    case TypeRoot::interval_year_month:
      append_months(out, value.get<Months>().months);
      break;
    case TypeRoot::interval_day_time:
      append_millis(out, value.get<Millis>().millis);
      break;
    case TypeRoot::array:
    case TypeRoot::map:
    case TypeRoot::multiset:
    case TypeRoot::row:
      append_items(out, type, value, session, style);
      break;
    case TypeRoot::null:
      out += "NULL";
      break;
  }
}

}  // namespace flink::table
