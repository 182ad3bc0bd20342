// SPDX-License-Identifier: Apache-2.0
// Numbers, durations and times as text.
#include <flink/types/print.h>

#include <charconv>
#include <ostream>
#include <sstream>

namespace flink::detail {

namespace {

template <class Number>
void append_number(std::string& out, Number value) {
  char text[64];
  const auto end = std::to_chars(text, text + sizeof(text), value).ptr;
  out.append(text, end);
}

void append_padded(std::string& out, std::int64_t value, int digits) {
  char text[24];
  for (int i = digits - 1; i >= 0; --i, value /= 10) text[i] = static_cast<char>('0' + value % 10);
  out.append(text, static_cast<std::size_t>(digits));
}

struct Date {
  std::int64_t year;
  int month, day;
};

// Days since 1970-01-01 in the proleptic Gregorian calendar (Howard Hinnant's algorithm).
Date date_of(std::int64_t days) {
  days += 719468;
  const std::int64_t era = (days >= 0 ? days : days - 146096) / 146097;
  const std::int64_t day_of_era = days - era * 146097;
  const std::int64_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const std::int64_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::int64_t shifted_month = (5 * day_of_year + 2) / 153;
  const int month = static_cast<int>(shifted_month < 10 ? shifted_month + 3 : shifted_month - 9);
  return {year_of_era + era * 400 + (month <= 2 ? 1 : 0), month,
          static_cast<int>(day_of_year - (153 * shifted_month + 2) / 5 + 1)};
}

std::int64_t floor_divide(std::int64_t a, std::int64_t b) {
  return a / b - (a % b != 0 && (a < 0) != (b < 0) ? 1 : 0);
}

}  // namespace

void print_integer(std::string& out, std::int64_t value) { append_number(out, value); }
void print_unsigned(std::string& out, std::uint64_t value) { append_number(out, value); }
void print_double(std::string& out, double value) { append_number(out, value); }
void print_float(std::string& out, float value) { append_number(out, value); }

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
  static constexpr char digits[] = "0123456789abcdef";
  const auto* at = static_cast<const unsigned char*>(bytes);
  for (std::size_t i = 0; i < size; ++i) {
    out += digits[at[i] >> 4];
    out += digits[at[i] & 15];
  }
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
  const __int128 scaled = static_cast<__int128>(count) * num;
  __int128 whole = scaled / den;
  auto fraction = static_cast<std::int64_t>(scaled % den);
  if (fraction < 0) {
    fraction += den;
    --whole;
  }
  const auto seconds = static_cast<std::int64_t>(whole);
  const std::int64_t days = floor_divide(seconds, 86400);
  const std::int64_t second = seconds - days * 86400;
  const Date date = date_of(days);
  if (date.year < 0 || date.year > 9999) {
    append_number(out, date.year);
  } else {
    append_padded(out, date.year, 4);
  }
  out += '-', append_padded(out, date.month, 2), out += '-', append_padded(out, date.day, 2);
  out += 'T', append_padded(out, second / 3600, 2), out += ':';
  append_padded(out, second / 60 % 60, 2), out += ':', append_padded(out, second % 60, 2);
  int digits = 0;
  for (std::int64_t unit = den; unit > 1; unit /= 10) ++digits;
  if (digits > 0) out += '.', append_padded(out, fraction, digits);
  out += 'Z';
}

void print_streamed(std::string& out, void (*write)(std::ostream&, const void*),
                    const void* value) {
  std::ostringstream stream;
  write(stream, value);
  out += stream.str();
}

}  // namespace flink::detail
