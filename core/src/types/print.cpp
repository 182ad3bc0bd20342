// SPDX-License-Identifier: Apache-2.0
// Numbers and durations as text.
#include <flink/types/print.h>

#include <charconv>
#include <ostream>
#include <sstream>

#include "base/number_text.h"
#include "base/text.h"
#include "types/civil_time.h"

namespace flink::detail {

namespace {

template <class Number>
void append_number(std::string& out, Number value) {
  char text[64];
  const auto end = std::to_chars(text, text + sizeof(text), value).ptr;
  out.append(text, end);
}

template <class Number>
void append_floating(std::string& out, Number value) {
  char text[base::number_text_max];
  out.append(text, base::write_number(text, value));
}

}  // namespace

void print_integer(std::string& out, std::int64_t value) { append_number(out, value); }
void print_unsigned(std::string& out, std::uint64_t value) { append_number(out, value); }
void print_double(std::string& out, double value) { append_floating(out, value); }
void print_float(std::string& out, float value) { append_floating(out, value); }

void print_wide_unsigned(std::string& out, unsigned __int128 value) {
  char text[40];
  char* at = text + sizeof(text);
  do {
    *--at = static_cast<char>('0' + static_cast<int>(value % 10));
    value /= 10;
  } while (value != 0);
  out.append(at, text + sizeof(text));
}

void print_wide_integer(std::string& out, __int128 value) {
  auto magnitude = static_cast<unsigned __int128>(value);
  if (value < 0) {
    out += '-';
    magnitude = 0 - magnitude;
  }
  print_wide_unsigned(out, magnitude);
}

void print_hex(std::string& out, const void* bytes, std::size_t size) {
  base::append_hex(out, {static_cast<const char*>(bytes), size});
}

void print_duration_unit(std::string& out, std::int64_t num, std::int64_t den) {
  struct Unit {
    std::int64_t num, den;
    const char* text;
  };
  static constexpr Unit units[] = {{1, 1, "s"},    {1, 1000, "ms"},       {1, 1000000, "us"},
                                   {60, 1, "min"}, {1, 1000000000, "ns"}, {3600, 1, "h"},
                                   {86400, 1, "d"}};
  for (const Unit& unit : units) {
    if (unit.num == num && unit.den == den) {
      out += unit.text;
      return;
    }
  }
  out += '*';
  append_number(out, num);
  if (den != 1) out += '/', append_number(out, den);
  out += 's';
}

void print_time(std::string& out, std::int64_t count, std::int64_t num, std::int64_t den) {
  types::append_time(out, count, num, den);
}

void print_streamed(std::string& out, void (*write)(std::ostream&, const void*),
                    const void* value) {
  std::ostringstream stream;
  write(stream, value);
  out += stream.str();
}

}  // namespace flink::detail
