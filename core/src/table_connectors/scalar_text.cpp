// SPDX-License-Identifier: Apache-2.0
#include "table_connectors/scalar_text.h"

#include <charconv>

#include "base/number_text.h"
#include "base/text.h"
#include "config/value_syntax.h"
#include "table/fn/calendar.h"
#include "table/fn/decimal.h"
#include "table/fn/text_code.h"
#include "table/fn/text_number.h"
#include "table/fn/text_time.h"
#include "table/value_text.h"

namespace flink::table_connectors {

using table::Date;
using table::Decimal;
using table::int128;
using table::Memory;
using table::Time;
using table::Timestamp;
namespace fn = table::fn;

namespace {

// Takes texts apart from the front.
class TimeText {
 public:
  explicit TimeText(std::string_view text) : rest_(text) {}

  bool done() const { return rest_.empty(); }
  bool take(char c) {
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  // So many digits, or -1.
  int number(std::size_t digits) {
    if (rest_.size() < digits) return -1;
    int value = 0;
    for (std::size_t i = 0; i < digits; ++i) {
      if (rest_[i] < '0' || rest_[i] > '9') return -1;
      value = value * 10 + (rest_[i] - '0');
    }
    rest_.remove_prefix(digits);
    return value;
  }
  std::optional<std::int64_t> days() {
    const int year = number(4);
    if (year < 0 || !take('-')) return {};
    const int month = number(2);
    if (month < 1 || month > 12 || !take('-')) return {};
    const int day = number(2);
    if (day < 1 || day > fn::days_in_month(year, month)) return {};
    return fn::days_of(year, month, day);
  }
  // Nanoseconds of the day.
  std::optional<std::int64_t> nanos(bool seconds_may_lack) {
    const int hour = number(2);
    if (hour < 0 || hour > 23 || !take(':')) return {};
    const int minute = number(2);
    if (minute < 0 || minute > 59) return {};
    std::int64_t out = (hour * 60 + minute) * 60LL;
    if (!take(':')) return seconds_may_lack ? std::optional{out * 1'000'000'000} : std::nullopt;
    const int second = number(2);
    if (second < 0 || second > 59) return {};
    out = (out + second) * 1'000'000'000;
    if (!take('.')) return out;
    std::int64_t unit = 100'000'000;
    bool any = false;
    while (!rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9' && unit > 0) {
      out += (rest_.front() - '0') * unit;
      unit /= 10;
      rest_.remove_prefix(1);
      any = true;
    }
    return any ? std::optional{out} : std::nullopt;
  }

 private:
  std::string_view rest_;
};

std::optional<Datum> date_of_text(std::string_view text) {
  TimeText in{text};
  const auto days = in.days();
  if (!days || !in.done()) return {};
  return Datum{Date{static_cast<std::int32_t>(*days)}};
}

std::optional<Datum> time_of_text(std::string_view text) {
  TimeText in{text};
  const auto nanos = in.nanos(true);
  if (!nanos || !in.done()) return {};
  return Datum{Time{static_cast<std::int32_t>(*nanos / 1'000'000)}};
}

std::optional<Datum> timestamp_of_text(const LogicalType& type, std::string_view text,
                                       const ScalarStyle& style) {
  TimeText in{text};
  const auto days = in.days();
  if (!days || !in.take(style.iso_times ? 'T' : ' ')) return {};
  const auto nanos = in.nanos(style.iso_times);
  const bool zone = type.is(TypeRoot::timestamp_ltz);
  if (!nanos || (zone && !in.take('Z')) || !in.done()) return {};
  const Timestamp stamp{*days * fn::day_millis + *nanos / 1'000'000,
                        static_cast<std::int32_t>(*nanos % 1'000'000)};
  return Datum{fn::cut(stamp, type.precision())};
}

std::optional<Datum> integer_of_text(const LogicalType& type, std::string_view text) {
  if (text.size() > 1 && text[0] == '+' && text[1] != '-') text.remove_prefix(1);
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return {};
  const Datum datum = table::integer_datum(type, value);
  if (table::integer_of(type, datum) != value) return {};
  return datum;
}

std::optional<Datum> bytes_of_base64(std::string_view text, Memory& memory) {
  while (text.ends_with('=')) text.remove_suffix(1);
  char* out = memory.array<char>(text.size());
  std::size_t size = 0;
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    constexpr std::string_view digits =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const auto digit = digits.find(c);
    if (digit == std::string_view::npos) return {};
    bits = bits << 6 | static_cast<std::uint32_t>(digit);
    if ((count += 6) < 8) continue;
    count -= 8;
    out[size++] = static_cast<char>(bits >> count);
  }
  if (count == 6) return {};  // a digit too many
  return Datum{std::string_view{out, size}};
}

std::optional<Datum> bytes_of_text(std::string_view text, const ScalarStyle& style,
                                   Memory& memory) {
  if (!style.hex_bytes) return bytes_of_base64(text, memory);
  if (text.size() % 2 != 0) return {};
  char* out = memory.array<char>(text.size() / 2);
  for (std::size_t i = 0; i < text.size(); i += 2) {
    unsigned char byte = 0;
    const auto [end, error] = std::from_chars(text.data() + i, text.data() + i + 2, byte, 16);
    if (error != std::errc{} || end != text.data() + i + 2) return {};
    out[i / 2] = static_cast<char>(byte);
  }
  return Datum{std::string_view{out, text.size() / 2}};
}

std::optional<Datum> number_of_text(const LogicalType& type, std::string_view text) {
  text = config::trim(text);
  switch (type.root()) {
    case TypeRoot::float_: {
      const auto value = fn::parse_float(text);
      return value ? std::optional{Datum{*value}} : std::nullopt;
    }
    case TypeRoot::double_: {
      const auto value = fn::parse_double(text);
      return value ? std::optional{Datum{*value}} : std::nullopt;
    }
    case TypeRoot::decimal: {
      bool valid = false;
      const auto value = fn::parse_decimal(text, type.precision(), type.scale(), valid);
      if (!valid) return {};
      return value ? Datum{*value} : Datum{};
    }
    default:
      return integer_of_text(type, text);
  }
}

// Without zeros at the end: 12:00:00.5.
void append_fraction(std::string& out, std::int64_t nanos) {
  if (nanos == 0) return;
  std::string digits;
  table::append_padded(digits, nanos, 9);
  while (digits.back() == '0') digits.pop_back();
  out += "." + digits;
}

void append_stamp(std::string& out, Timestamp stamp, bool iso) {
  const std::size_t start = out.size();
  table::append_timestamp(out, stamp, 0);
  if (iso) out[out.find(' ', start)] = 'T';
  append_fraction(out, fn::floor_mod(stamp.millis, 1000) * 1'000'000 + stamp.nanos);
}

void append_decimal(std::string& out, const LogicalType& type, int128 unscaled,
                    const ScalarStyle& style) {
  int scale = type.scale();
  if (style.short_decimals) {
    while (unscaled != 0 && unscaled % 10 == 0) {
      unscaled /= 10;
      --scale;
    }
    if (unscaled == 0) scale = 0;
  }
  if (!style.plain_decimals) return append_java_decimal(out, unscaled, scale);
  while (scale < 0) {
    unscaled *= 10;
    ++scale;
  }
  fn::append_decimal(out, unscaled, scale);
}

}  // namespace

bool is_scalar(const LogicalType& type) { return !type.is_constructed(); }

bool is_bare(const LogicalType& type) {
  return type.is_numeric() || type.is(TypeRoot::boolean) || type.is_interval();
}

void append_java_decimal(std::string& out, int128 unscaled, int scale) {
  const auto digits = fn::digits_of(fn::magnitude(unscaled));
  const int exponent = (digits == 0 ? 1 : digits) - 1 - scale;
  if (scale >= 0 && exponent >= -6) return fn::append_decimal(out, unscaled, scale);
  std::string text;
  fn::append_decimal(text, unscaled, 0);
  const std::size_t first = text[0] == '-' ? 1 : 0;
  if (text.size() > first + 1) text.insert(first + 1, ".");
  out += text + (exponent < 0 ? "E" : "E+") + std::to_string(exponent);
}

std::optional<Datum> scalar_of_text(const LogicalType& type, std::string_view text,
                                    const ScalarStyle& style, Memory& memory) {
  switch (type.root()) {
    case TypeRoot::char_:
    case TypeRoot::varchar:
    case TypeRoot::variant:
      return Datum{text};
    case TypeRoot::binary:
    case TypeRoot::varbinary:
    case TypeRoot::bitmap:
      return bytes_of_text(text, style, memory);
    case TypeRoot::boolean:
      return Datum{config::equal_ignoring_case(config::trim(text), "true")};
    case TypeRoot::date:
      return date_of_text(text);
    case TypeRoot::time:
      return time_of_text(text);
    case TypeRoot::timestamp:
    case TypeRoot::timestamp_ltz:
      return timestamp_of_text(type, text, style);
    case TypeRoot::interval_year_month: {
      const auto months = integer_of_text(LogicalType{TypeRoot::integer}, config::trim(text));
      return months ? std::optional{Datum{table::Months{months->get<std::int32_t>()}}}
                    : std::nullopt;
    }
    case TypeRoot::interval_day_time: {
      const auto millis = integer_of_text(LogicalType{TypeRoot::bigint}, config::trim(text));
      return millis ? std::optional{Datum{table::Millis{millis->get<std::int64_t>()}}}
                    : std::nullopt;
    }
    case TypeRoot::null:
      return Datum{};
    default:
      return number_of_text(type, text);
  }
}

void append_scalar(std::string& out, const LogicalType& type, const Datum& value,
                   const ScalarStyle& style) {
  switch (type.root()) {
    case TypeRoot::boolean:
      out += value.get<bool>() ? "true" : "false";
      break;
    case TypeRoot::decimal:
      append_decimal(out, type, value.get<Decimal>().unscaled, style);
      break;
    case TypeRoot::float_: {
      char text[base::number_text_max];
      out.append(text, base::write_number(text, value.get<float>()));
      break;
    }
    case TypeRoot::double_:
      out += base::number_text(value.get<double>());
      break;
    case TypeRoot::binary:
    case TypeRoot::varbinary:
    case TypeRoot::bitmap:
      if (style.hex_bytes) {
        base::append_hex(out, value.text());
      } else {
        Memory memory;
        const table::Session session;
        table::Context context{session, memory};
        out += fn::to_base64(context, value.text());
      }
      break;
    case TypeRoot::date:
      table::append_date(out, value.get<Date>().days);
      break;
    case TypeRoot::time: {
      const std::int32_t millis = value.get<Time>().millis;
      table::append_time_of_day(out, millis, 0);
      append_fraction(out, millis % 1000 * 1'000'000LL);
      break;
    }
    case TypeRoot::timestamp:
    case TypeRoot::timestamp_ltz:
      append_stamp(out, value.get<Timestamp>(), style.iso_times);
      if (type.is(TypeRoot::timestamp_ltz)) out += 'Z';
      break;
    case TypeRoot::interval_year_month:
      out += std::to_string(value.get<table::Months>().months);
      break;
    case TypeRoot::interval_day_time:
      out += std::to_string(value.get<table::Millis>().millis);
      break;
    default:
      if (type.is_integer()) {
        out += std::to_string(table::integer_of(type, value));
      } else {
        out += value.text();
      }
      break;
  }
}

}  // namespace flink::table_connectors
