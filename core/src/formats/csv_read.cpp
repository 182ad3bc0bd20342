// SPDX-License-Identifier: Apache-2.0
// Splitting CSV records and reading their columns. Any bytes may come: what is no CSV, or no
// number, ends in Error{user} that says which column, what is there and what was expected.
#include <flink/base/check.h>
#include <flink/error.h>
#include <flink/formats/csv.h>

#include <charconv>
#include <cstring>
#include <limits>

#include "types/civil_time.h"

namespace flink::detail {

namespace {

// The first bytes of a text, for a message.
std::string shorten(std::string_view text) {
  constexpr std::size_t shown = 40;
  if (text.size() <= shown) return concat("'", text, "'");
  return concat("'", text.substr(0, shown), "…' (", text.size(), " bytes)");
}

[[noreturn]] void fail_column(const CsvColumn& column, std::string_view expected) {
  throw Error{ErrorKind::user,
              concat("CSV column ", column.place + 1, " '", column.name(column.index),
                     "': expected ", expected, ", found ", shorten(column.field.text))};
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// Of a number that is out of range: 10 to what, about. Digits before the point, or zeros behind it,
// and the exponent.
std::int64_t magnitude(std::string_view digits) {
  std::int64_t before = 0, zeros = 0, exponent = 0;
  bool point = false, any = false;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    const char c = digits[i];
    if (c == 'e' || c == 'E') {
      const char* at = digits.data() + i + 1;
      const char* const end = digits.data() + digits.size();
      if (*at == '+') ++at;
      if (std::from_chars(at, end, exponent).ec != std::errc{})
        exponent = *at == '-' ? INT32_MIN : INT32_MAX;
      break;
    }
    if (c == '.') point = true;
    else if (c == '0' && !any) zeros += point ? 1 : 0;
    else if (any = true; !point) ++before;
  }
  return exponent + (before > 0 ? before : -zeros);
}

// As in Java: what is too small is 0, what is too large infinite.
template <class Number>
Number out_of_range(std::string_view text) {
  const bool negative = text.front() == '-';
  const Number size = magnitude(text) > 0 ? std::numeric_limits<Number>::infinity() : Number{0};
  return negative ? -size : size;
}

template <class Number>
bool parse_number(std::string_view text, Number& value) {
  text = trimmed(text);
  if (text.size() > 1 && text[0] == '+' && text[1] != '-') text.remove_prefix(1);
  const char* const end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, value);
  if constexpr (std::is_floating_point_v<Number>) {
    if (error == std::errc::result_out_of_range && stopped == end) [[unlikely]] {
      value = out_of_range<Number>(text);
      return true;
    }
  }
  return error == std::errc{} && stopped == end;
}

template <class Number>
Number parse_floating(const CsvColumn& column) {
  Number value{};
  if (!parse_number(column.field.text, value)) fail_column(column, "a number");
  return value;
}

bool same_letters(std::string_view text, std::string_view lower) {
  if (text.size() != lower.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if ((text[i] | 0x20) != lower[i]) return false;
  }
  return true;
}

// From behind an opening quote; gives the position behind the closing one.
std::size_t find_closing_quote(std::string_view record, std::size_t at, char mark,
                               CsvField& field) {
  const std::size_t start = at;
  for (;;) {
    const std::size_t quote = record.find(mark, at);
    if (quote == std::string_view::npos) {
      throw Error{ErrorKind::user,
                  concat("CSV: a quoted field is not closed: ", shorten(record.substr(start - 1)))};
    }
    if (quote + 1 < record.size() && record[quote + 1] == mark) {
      field.escaped = true;
      at = quote + 2;
      continue;
    }
    field.text = record.substr(start, quote - start);
    field.quoted = true;
    return quote + 1;
  }
}

}  // namespace

std::size_t split_csv(std::string_view record, CsvField* fields, std::size_t columns,
                      const CsvDialect& dialect) {
  const char delimiter = dialect.delimiter, quote = dialect.quote;
  if (!record.empty() && record.back() == '\r') record.remove_suffix(1);
  const char* const data = record.data();
  std::size_t at = 0;
  std::size_t count = 0;
  for (bool more = true; more; ++count) {
    CsvField ignored;
    CsvField& field = count < columns ? fields[count] : ignored;
    std::size_t end;
    if (at < record.size() && data[at] == quote && quote != '\0') {
      end = find_closing_quote(record, at + 1, quote, field);
      if (end < record.size() && data[end] != delimiter) {
        throw Error{ErrorKind::user,
                    concat("CSV column ", count + 1,
                           ": text after the closing quote: ", shorten(record.substr(at)))};
      }
    } else {
      const void* comma =
          at < record.size() ? std::memchr(data + at, delimiter, record.size() - at) : nullptr;
      end = comma == nullptr ? record.size()
                             : static_cast<std::size_t>(static_cast<const char*>(comma) - data);
      field.text = record.substr(at, end - at);
    }
    more = end < record.size();
    at = end + 1;
  }
  return count;
}

void throw_csv_columns(std::string_view record, std::size_t found, std::size_t expected) {
  throw Error{ErrorKind::user,
              concat("CSV: expected ", expected, " columns, found ", found, " in ", shorten(record),
                     found == 1 ? csv_delimiter_hint(record) : "")};
}

std::size_t unescape_csv(std::string_view text, char* to, char quote) {
  char* const start = to;
  for (std::size_t i = 0; i < text.size(); ++i) {
    *to++ = text[i];
    if (text[i] == quote) ++i;
  }
  return static_cast<std::size_t>(to - start);
}

std::int64_t parse_csv_signed(const CsvColumn& column, std::int64_t low, std::int64_t high) {
  std::int64_t value = 0;
  if (!parse_number(column.field.text, value) || value < low || value > high) [[unlikely]] {
    fail_column(column, concat("a whole number from ", low, " to ", high));
  }
  return value;
}

std::uint64_t parse_csv_unsigned(const CsvColumn& column, std::uint64_t high) {
  std::uint64_t value = 0;
  if (!parse_number(column.field.text, value) || value > high) [[unlikely]] {
    fail_column(column, concat("a whole number from 0 to ", high));
  }
  return value;
}

double parse_csv_double(const CsvColumn& column) { return parse_floating<double>(column); }
float parse_csv_float(const CsvColumn& column) { return parse_floating<float>(column); }

bool parse_csv_bool(const CsvColumn& column) {
  const std::string_view text = trimmed(column.field.text);
  if (same_letters(text, "true") || text == "1") return true;
  if (same_letters(text, "false") || text == "0") return false;
  fail_column(column, "true or false");
}

char parse_csv_char(const CsvColumn& column) {
  const CsvField& field = column.field;
  if (field.text.size() == 1) return field.text[0];
  if (field.escaped && field.text.size() == 2) return column.dialect.quote;
  fail_column(column, "one character");
}

std::int64_t parse_csv_time(const CsvColumn& column, std::int64_t num, std::int64_t den) {
  std::int64_t count = 0;
  const std::string_view text = trimmed(column.field.text);
  if (parse_number(text, count) || types::parse_time(text, num, den, count)) return count;
  fail_column(column, "a time like 2024-01-31T12:00:00.000Z or …+02:00, or a whole number");
}

}  // namespace flink::detail
