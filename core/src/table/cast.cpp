// SPDX-License-Identifier: Apache-2.0
#include "table/cast.h"

#include <limits>

#include "table/fn/calendar.h"
#include "table/fn/decimal.h"
#include "table/fn/text_number.h"
#include "table/fn/text_time.h"
#include "table/fn/utf8.h"
#include "table/time_zone.h"
#include "table/value_text.h"

namespace flink::table {

namespace {

Datum failed(Context& context, const LogicalType& to, std::string_view text,
             std::string_view hint = "") {
  if (context.session().legacy_cast) return {};
  context.fail("cannot cast '" + std::string{text} + "' to " + to.with_nullable(true).summary() +
               std::string{hint} + "; TRY_CAST gives NULL instead");
  return {};
}

Datum number_from_text(Context& context, const LogicalType& to, std::string_view text) {
  std::optional<std::int64_t> integer;
  switch (to.root()) {
    case TypeRoot::tinyint:
      integer = fn::parse_integer(text, -128, 127);
      break;
    case TypeRoot::smallint:
      integer = fn::parse_integer(text, -32768, 32767);
      break;
    case TypeRoot::integer:
      integer = fn::parse_integer(text, std::numeric_limits<std::int32_t>::min(),
                                  std::numeric_limits<std::int32_t>::max());
      break;
    case TypeRoot::bigint:
      integer = fn::parse_integer(text, std::numeric_limits<std::int64_t>::min(),
                                  std::numeric_limits<std::int64_t>::max());
      break;
    case TypeRoot::float_:
      if (const auto value = fn::parse_float(text)) return Datum{*value};
      return failed(context, to, text);
    case TypeRoot::double_:
      if (const auto value = fn::parse_double(text)) return Datum{*value};
      return failed(context, to, text);
    default: {
      bool valid = false;
      const auto value = fn::parse_decimal(text, to.precision(), to.scale(), valid);
      if (value) return Datum{*value};
      return failed(context, to, text, valid ? ": too many digits" : "");
    }
  }
  if (!integer) return failed(context, to, text);
  return integer_datum(to, *integer);
}

Datum time_from_text(Context& context, const LogicalType& to, std::string_view text) {
  if (to.is(TypeRoot::date)) {
    const auto date = fn::parse_date(text);
    return date ? Datum{*date} : failed(context, to, text, ": a date is yyyy-MM-dd");
  }
  if (to.is(TypeRoot::time)) {
    const auto time = fn::parse_time_of_day(text);
    return time ? Datum{*time} : failed(context, to, text, ": a time is HH:mm:ss[.fff]");
  }
  auto stamp = fn::parse_timestamp(text);
  if (!stamp) return failed(context, to, text, ": a timestamp is yyyy-MM-dd[ HH:mm:ss[.fff]]");
  if (to.is(TypeRoot::timestamp_ltz)) {
    stamp->millis = zone_of(context.session()).instant_of(stamp->millis);
  }
  return Datum{fn::cut(*stamp, to.precision())};
}

// To the length of the type: CHAR and BINARY are filled up, what is too long is cut.
Datum sized(Context& context, const LogicalType& to, std::string_view text) {
  const auto length = static_cast<std::size_t>(to.length());
  if (to.is_binary()) {
    if (text.size() > length) text = text.substr(0, length);
    if (to.is(TypeRoot::varbinary) || text.size() == length)
      return Datum{context.memory().copy(text)};
    std::string filled{text};
    filled.resize(length, '\0');
    return Datum{context.memory().copy(filled)};
  }
  if (context.session().legacy_cast) return Datum{context.memory().copy(text)};
  if (text.size() > length) text = fn::sub_points(text, 0, length);
  if (to.is(TypeRoot::varchar)) return Datum{context.memory().copy(text)};
  std::string filled{text};
  filled.append(length - fn::count_points(text), ' ');
  return Datum{context.memory().copy(filled)};
}

Datum text_from(Context& context, const LogicalType& from, const LogicalType& to,
                const Datum& value) {
  if (from.is_character()) return sized(context, to, value.text());
  if (from.is_binary()) return sized(context, to, fn::well_formed(value.text()));
  if (from.is(TypeRoot::boolean) && context.session().legacy_cast) {
    return sized(context, to, value.get<bool>() ? "true" : "false");
  }
  std::string text;
  append_value(text, from, value, context.session(), TextStyle::cast);
  return sized(context, to, text);
}

double as_double(const LogicalType& from, const Datum& value) {
  switch (from.root()) {
    case TypeRoot::boolean:
      return value.get<bool>() ? 1 : 0;
    case TypeRoot::float_:
      return value.get<float>();
    case TypeRoot::double_:
      return value.get<double>();
    case TypeRoot::decimal:
      return fn::double_of(value.get<Decimal>().unscaled, from.scale());
    default:
      return static_cast<double>(integer_of(from, value));
  }
}

float as_float(const LogicalType& from, const Datum& value) {
  switch (from.root()) {
    case TypeRoot::float_:
      return value.get<float>();
    case TypeRoot::boolean:
    case TypeRoot::double_:
    case TypeRoot::decimal:
      return static_cast<float>(as_double(from, value));
    default:
      return static_cast<float>(integer_of(from, value));
  }
}

Datum integer_from(const LogicalType& from, const LogicalType& to, const Datum& value) {
  switch (from.root()) {
    case TypeRoot::boolean:
      return integer_datum(to, value.get<bool>() ? 1 : 0);
    case TypeRoot::float_:
    case TypeRoot::double_: {
      const double number = as_double(from, value);
      return integer_datum(to, to.is(TypeRoot::bigint) ? fn::to_long(number) : fn::to_int(number));
    }
    case TypeRoot::decimal: {
      const int128 unscaled = value.get<Decimal>().unscaled;
      const auto power = static_cast<int128>(fn::powers_of_ten[from.scale()]);
      return integer_datum(to, static_cast<std::int64_t>(unscaled / power));
    }
    default:
      return integer_datum(to, integer_of(from, value));
  }
}

Datum decimal_from(const LogicalType& from, const LogicalType& to, const Datum& value) {
  std::optional<Decimal> result;
  if (from.is(TypeRoot::decimal)) {
    result =
        fn::fit_decimal(value.get<Decimal>().unscaled, from.scale(), to.precision(), to.scale());
  } else if (from.is_approximate()) {
    result = fn::decimal_of(as_double(from, value), to.precision(), to.scale());
  } else {
    const std::int64_t number =
        from.is(TypeRoot::boolean) ? (value.get<bool>() ? 1 : 0) : integer_of(from, value);
    result = fn::fit_decimal(number, 0, to.precision(), to.scale());
  }
  return result ? Datum{*result} : Datum{};
}

Datum time_from_time(Context& context, const LogicalType& from, const LogicalType& to,
                     const Datum& value) {
  Timestamp local{0, 0};
  switch (from.root()) {
    case TypeRoot::date:
      local.millis = value.get<Date>().days * fn::day_millis;
      break;
    case TypeRoot::time:
      local.millis = value.get<Time>().millis;
      break;
    case TypeRoot::timestamp_ltz:
      local = value.get<Timestamp>();
      if (!to.is(TypeRoot::timestamp_ltz)) {
        local.millis = zone_of(context.session()).local_of(local.millis);
      }
      break;
    default:
      local = value.get<Timestamp>();
      break;
  }
  if (to.is(TypeRoot::date)) {
    return Datum{Date{static_cast<std::int32_t>(fn::floor_div(local.millis, fn::day_millis))}};
  }
  if (to.is(TypeRoot::time)) {
    return Datum{Time{static_cast<std::int32_t>(fn::floor_mod(local.millis, fn::day_millis))}};
  }
  if (to.is(TypeRoot::timestamp_ltz) && !from.is(TypeRoot::timestamp_ltz)) {
    local.millis = zone_of(context.session()).instant_of(local.millis);
  }
  return Datum{fn::cut(local, to.precision())};
}

Datum items_from(Context& context, const LogicalType& from, const LogicalType& to,
                 const Datum& value) {
  const auto items = value.items();
  Datum* out = context.memory().array<Datum>(items.size());
  const bool counted = to.is(TypeRoot::multiset);
  for (std::size_t i = 0; i < items.size(); ++i) {
    const std::size_t child = to.is(TypeRoot::row) ? i : to.is(TypeRoot::map) ? i % 2 : 0;
    out[i] = counted && i % 2 == 1
                 ? items[i]
                 : cast_value(context, from.child(child), to.child(child), items[i]);
    if (context.failed()) return {};
  }
  return Datum{Nested{out, items.size()}};
}

}  // namespace

Datum cast_value(Context& context, const LogicalType& from, const LogicalType& to,
                 const Datum& value) {
  if (value.null) return {};
  switch (to.root()) {
    case TypeRoot::char_:
    case TypeRoot::varchar:
      return text_from(context, from, to, value);
    case TypeRoot::binary:
    case TypeRoot::varbinary:
      return sized(context, to, value.text());
    case TypeRoot::boolean:
      if (from.is_character()) {
        const auto parsed = fn::parse_boolean(value.text());
        return parsed ? Datum{*parsed} : failed(context, to, value.text());
      }
      return Datum{as_double(from, value) != 0};
    case TypeRoot::tinyint:
    case TypeRoot::smallint:
    case TypeRoot::integer:
    case TypeRoot::bigint:
      if (from.is_character()) return number_from_text(context, to, value.text());
      return integer_from(from, to, value);
    case TypeRoot::decimal:
      if (from.is_character()) return number_from_text(context, to, value.text());
      return decimal_from(from, to, value);
    case TypeRoot::float_:
      if (from.is_character()) return number_from_text(context, to, value.text());
      return Datum{as_float(from, value)};
    case TypeRoot::double_:
      if (from.is_character()) return number_from_text(context, to, value.text());
      return Datum{as_double(from, value)};
    case TypeRoot::date:
    case TypeRoot::time:
    case TypeRoot::timestamp:
    case TypeRoot::timestamp_ltz:
      if (from.is_character()) return time_from_text(context, to, value.text());
      return time_from_time(context, from, to, value);
    case TypeRoot::array:
    case TypeRoot::map:
    case TypeRoot::multiset:
    case TypeRoot::row:
      return items_from(context, from, to, value);
    default:
      return value;
  }
}

namespace {

Datum cast_any(Context& context, const Call& call, const Any& value) {
  return cast_value(context, call.arguments[0], call.result, value);
}

// The frequent ones: from one number to another.
template <class From, class To>
To cast_number(From value) {
  if constexpr (std::is_floating_point_v<From> && std::is_same_v<To, std::int64_t>) {
    return fn::to_long(value);
  } else if constexpr (std::is_floating_point_v<From> && std::is_integral_v<To>) {
    return static_cast<To>(fn::to_int(value));
  } else {
    return static_cast<To>(value);
  }
}

template <class From>
Implementation number_cast_from(const LogicalType& to) {
  switch (to.root()) {
    case TypeRoot::tinyint:
      return implementation<&cast_number<From, std::int8_t>>();
    case TypeRoot::smallint:
      return implementation<&cast_number<From, std::int16_t>>();
    case TypeRoot::integer:
      return implementation<&cast_number<From, std::int32_t>>();
    case TypeRoot::bigint:
      return implementation<&cast_number<From, std::int64_t>>();
    case TypeRoot::float_:
      return implementation<&cast_number<From, float>>();
    case TypeRoot::double_:
      return implementation<&cast_number<From, double>>();
    default:
      return implementation<&cast_any>();
  }
}

}  // namespace

Implementation cast_implementation(const LogicalType& from, const LogicalType& to) {
  switch (from.root()) {
    case TypeRoot::tinyint:
      return number_cast_from<std::int8_t>(to);
    case TypeRoot::smallint:
      return number_cast_from<std::int16_t>(to);
    case TypeRoot::integer:
      return number_cast_from<std::int32_t>(to);
    case TypeRoot::bigint:
      return number_cast_from<std::int64_t>(to);
    case TypeRoot::float_:
      return number_cast_from<float>(to);
    case TypeRoot::double_:
      return number_cast_from<double>(to);
    default:
      return implementation<&cast_any>();
  }
}

}  // namespace flink::table
