// SPDX-License-Identifier: Apache-2.0
// Writing CSV columns: numbers, times, and text that must be quoted.
#include <flink/formats/csv_columns.h>
#include <flink/types/print.h>

#include <bit>
#include <charconv>
#include <cstring>

namespace flink::detail {

namespace {

template <class Number>
void write_number(ByteWriter& out, Number value) {
  constexpr std::size_t longest = 32;
  char* at = out.room(longest);
  out.advance(static_cast<std::size_t>(std::to_chars(at, at + longest, value).ptr - at));
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
