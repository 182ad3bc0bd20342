// SPDX-License-Identifier: Apache-2.0
// Writing CSV columns: numbers, times, and text that must be quoted.
#include <flink/formats/csv_columns.h>
#include <flink/types/print.h>

#include <charconv>

namespace flink::detail {

namespace {

template <class Number>
void write_number(ByteWriter& out, Number value) {
  constexpr std::size_t longest = 32;
  char* at = out.room(longest);
  out.advance(static_cast<std::size_t>(std::to_chars(at, at + longest, value).ptr - at));
}

}  // namespace

void write_csv_signed(ByteWriter& out, std::int64_t value) { write_number(out, value); }
void write_csv_unsigned(ByteWriter& out, std::uint64_t value) { write_number(out, value); }
void write_csv_double(ByteWriter& out, double value) { write_number(out, value); }
void write_csv_float(ByteWriter& out, float value) { write_number(out, value); }

void write_csv_time(ByteWriter& out, std::int64_t count, std::int64_t num, std::int64_t den) {
  std::string text;
  print_time(text, count, num, den);
  out.raw(text);
}

void write_csv_quoted(ByteWriter& out, std::string_view text) {
  char* const start = out.room(2 * text.size() + 2);
  char* at = start;
  *at++ = '"';
  for (const char c : text) {
    if (c == '"') *at++ = '"';
    *at++ = c;
  }
  *at++ = '"';
  out.advance(static_cast<std::size_t>(at - start));
}

}  // namespace flink::detail
