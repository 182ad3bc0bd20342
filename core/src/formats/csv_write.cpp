// SPDX-License-Identifier: Apache-2.0
// Writing CSV columns: numbers, times, and text that must be quoted.
#include <flink/base/check.h>
#include <flink/error.h>
#include <flink/formats/csv_record.h>
#include <flink/types/print.h>

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstring>

#include "base/number_text.h"

namespace flink::detail {

namespace {

template <class Number>
void write_number(ByteWriter& out, Number value) {
  constexpr std::size_t longest = 32;
  char* at = out.room(longest);
  out.advance(static_cast<std::size_t>(std::to_chars(at, at + longest, value).ptr - at));
}

template <class Number>
void write_floating(ByteWriter& out, Number value) {
  char* const at = out.room(base::number_text_max);
  out.advance(static_cast<std::size_t>(base::write_number(at, value) - at));
}

// The eight decimal digits of a number below 10^8, the first one in the lowest byte: a pair of
// halves is taken apart at once.
std::uint64_t eight_digits(std::uint32_t value) {
  const std::uint64_t fours = value / 10'000 | std::uint64_t{value % 10'000} << 32;
  const std::uint64_t hundreds = (fours * 10'486 >> 20) & 0x0000'007f'0000'007f;
  const std::uint64_t twos = hundreds | (fours - hundreds * 100) << 16;
  const std::uint64_t tens = (twos * 103 >> 10) & 0x000f'000f'000f'000f;
  return tens | (twos - tens * 10) << 8;
}

// Most numbers are small, and their lengths are hard to predict: no branch on it.
void write_small(ByteWriter& out, std::uint32_t value) {
  const std::uint64_t digits = eight_digits(value);
  const int zeros = std::countr_zero(digits | std::uint64_t{1} << 56) / 8;
  const std::uint64_t text = (digits | 0x3030'3030'3030'3030) >> 8 * zeros;
  std::memcpy(out.room(8), &text, 8);
  out.advance(static_cast<std::size_t>(8 - zeros));
}
constexpr std::uint64_t small_end = 100'000'000;

[[noreturn]] void fail_unquotable(std::string_view text) {
  throw Error{ErrorKind::user,
              concat("CSV: the text '", text.substr(0, 40),
                     "' cannot be written without quotes, as it holds a delimiter or line break, "
                     "or reads as something else; leave out disable_quote_character()")};
}

}  // namespace

void write_csv_signed(ByteWriter& out, std::int64_t value) {
  if (static_cast<std::uint64_t>(value) < small_end) [[likely]]
    return write_small(out, static_cast<std::uint32_t>(value));
  write_number(out, value);
}
void write_csv_unsigned(ByteWriter& out, std::uint64_t value) {
  if (value < small_end) [[likely]]
    return write_small(out, static_cast<std::uint32_t>(value));
  write_number(out, value);
}
void write_csv_double(ByteWriter& out, double value) { write_floating(out, value); }
void write_csv_float(ByteWriter& out, float value) { write_floating(out, value); }

void write_csv_time(ByteWriter& out, std::int64_t count, std::int64_t num, std::int64_t den) {
  std::string text;
  print_time(text, count, num, den);
  out.raw(text);
}

void write_csv_quoted(ByteWriter& out, std::string_view text, const CsvDialect& dialect) {
  const char quote = dialect.quote;
  if (quote == '\0') fail_unquotable(text);
  char* const start = out.room(2 * text.size() + 2);
  char* at = start;
  *at++ = quote;
  for (const char c : text) {
    if (c == quote) *at++ = quote;
    *at++ = c;
  }
  *at++ = quote;
  out.advance(static_cast<std::size_t>(at - start));
}

bool csv_misleads(std::string_view row, const CsvDialect& dialect) {
  return (dialect.comments && row.starts_with('#')) || row.starts_with("\xEF\xBB\xBF") ||
         row.starts_with("\xFF\xFE") || row.starts_with("\xFE\xFF");
}

void quote_csv_field(ByteWriter& out, std::size_t begin, const CsvDialect& dialect) {
  const std::size_t size = out.size() - begin;
  char* const start = out.room(2) - size;
  const std::string_view written{start, size};
  if (!written.empty() && written.front() == dialect.quote) return;  // it is quoted
  const std::size_t length = std::min(written.find(dialect.delimiter), size);
  if (dialect.quote == '\0') {
    if (length == 0) return;
    fail_unquotable(written.substr(0, length));
  }
  // It holds no quote, or would have been quoted.
  std::memmove(start + length + 2, start + length, size - length);
  std::memmove(start + 1, start, length);
  start[0] = start[length + 1] = dialect.quote;
  out.advance(2);
}

}  // namespace flink::detail
