// SPDX-License-Identifier: Apache-2.0
// Literals: a number's type is as small as holds it, a text is CHAR of its length.
#include <charconv>
#include <limits>

#include "table/binder.h"
#include "table/fn/calendar.h"
#include "table/fn/decimal.h"
#include "table/fn/text_number.h"
#include "table/fn/text_time.h"
#include "table/fn/utf8.h"

namespace flink::table {

namespace {

ExpressionPointer known(LogicalType type, const Datum& value) {
  return literal_expression(type.not_null(), value);
}

// A sign belongs to the number: the least INT has no positive one.
ExpressionPointer exact_number(const sql::Literal& node, bool negative) {
  std::string_view text = node.value;
  if (text.ends_with('.')) text.remove_suffix(1);
  const std::size_t point = text.find('.');
  const int scale = point == text.npos ? 0 : static_cast<int>(text.size() - point - 1);
  const int precision = static_cast<int>(text.size()) - (scale > 0 ? 1 : 0);
  std::string digits = negative ? "-" : "";
  digits += text;
  std::erase(digits, '.');
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc{}) {
    reject(node.range, "the number " + std::string{node.value} + " is out of range",
           "CAST('" + std::string{node.value} + "' AS DECIMAL(38, " + std::to_string(scale) +
               ")) takes up to 38 digits");
  }
  if (scale > 0)
    return known(LogicalType::decimal(std::min(precision, 38), scale), Datum{Decimal{value}});
  if (value == static_cast<std::int32_t>(value)) {
    return known(LogicalType{TypeRoot::integer}, Datum{static_cast<std::int32_t>(value)});
  }
  return known(LogicalType{TypeRoot::bigint}, Datum{value});
}

// As Java counts them: a code point beyond 16 bits is two.
int java_length(std::string_view text) {
  int length = 0;
  for (std::size_t at = 0; at < text.size(); at += fn::bytes_of_point(text, at)) {
    length += fn::bytes_of_point(text, at) == 4 ? 2 : 1;
  }
  return length;
}

ExpressionPointer bytes_literal(const sql::Literal& node) {
  std::string bytes;
  const auto digit = [](char c) { return c <= '9' ? c - '0' : (c | 32) - 'a' + 10; };
  for (std::size_t i = 0; i + 1 < node.value.size(); i += 2) {
    bytes += static_cast<char>(digit(node.value[i]) * 16 + digit(node.value[i + 1]));
  }
  return known(LogicalType{TypeRoot::binary, static_cast<int>(bytes.size())},
               Datum{std::string_view{bytes}});
}

int fraction_digits(std::string_view text) {
  const std::size_t point = text.find('.');
  return point == text.npos ? 0 : static_cast<int>(text.size() - point - 1);
}

// yyyy-MM-dd, and a day that there is.
bool is_whole_date(std::string_view text) {
  text = text.substr(0, text.find(' '));
  return std::count(text.begin(), text.end(), '-') == 2 && fn::parse_date(text);
}

// As in Flink; a CAST of text makes them.
void refuse_lost_days(const sql::Literal& node) {
  const std::string_view day = std::string_view{node.value}.substr(0, 10);
  if (day < "1582-10-05" || day > "1582-10-14") return;
  reject(node.range,
         "1582-10-04 was followed by 1582-10-15: '" + std::string{day} + "' is no day of a literal",
         "CAST('" + std::string{day} +
             "' AS DATE) is that day of the calendar as if it had always been");
}

ExpressionPointer time_literal(const sql::Literal& node) {
  const std::string_view text = node.value;
  if (node.literal != sql::LiteralKind::time) refuse_lost_days(node);
  const int digits = fraction_digits(text);
  switch (node.literal) {
    case sql::LiteralKind::date:
      if (!is_whole_date(text) || text.find(' ') != text.npos) break;
      return known(LogicalType{TypeRoot::date}, Datum{*fn::parse_date(text)});
    case sql::LiteralKind::time: {
      const auto time = fn::parse_time_of_day(text);
      if (!time || std::count(text.begin(), text.end(), ':') != 2) break;
      return known(LogicalType{TypeRoot::time, std::min(digits, 3)}, Datum{*time});
    }
    default: {
      const auto stamp = fn::parse_timestamp(text);
      if (!stamp || !is_whole_date(text) || text.find("24:00") != text.npos) break;
      const bool zoned = node.literal == sql::LiteralKind::timestamp_ltz;
      return known(LogicalType{zoned ? TypeRoot::timestamp_ltz : TypeRoot::timestamp, digits},
                   Datum{*stamp});
    }
  }
  reject(node.range, "'" + std::string{text} + "' is no such date or time",
         "DATE 'yyyy-MM-dd', TIME 'HH:mm:ss', TIMESTAMP 'yyyy-MM-dd HH:mm:ss[.fff]'");
}

}  // namespace

ExpressionPointer bind_negative(const sql::Literal& node) {
  if (node.literal == sql::LiteralKind::exact) return exact_number(node, true);
  const auto positive = bind_literal(node);
  const double value = positive->value.get<double>();
  // There is no literal for -0.0.
  return known(positive->type, Datum{value == 0 ? value : -value});
}

ExpressionPointer bind_literal(const sql::Literal& node) {
  switch (node.literal) {
    case sql::LiteralKind::null:
      return literal_expression(LogicalType{TypeRoot::null}, Datum{});
    case sql::LiteralKind::unknown:
      return literal_expression(LogicalType{TypeRoot::boolean}, Datum{});
    case sql::LiteralKind::boolean:
      return known(LogicalType{TypeRoot::boolean}, Datum{node.value == "TRUE"});
    case sql::LiteralKind::exact:
      return exact_number(node, false);
    case sql::LiteralKind::approximate: {
      const auto value = fn::parse_double(node.value);
      if (!value) reject(node.range, "this number is out of range");
      return known(LogicalType{TypeRoot::double_}, Datum{*value});
    }
    case sql::LiteralKind::text:
      return known(LogicalType{TypeRoot::char_, java_length(node.value)}, Datum{node.value});
    case sql::LiteralKind::bytes:
      return bytes_literal(node);
    default:
      return time_literal(node);
  }
}

}  // namespace flink::table
