// SPDX-License-Identifier: Apache-2.0
// One CSV column to a typed value and back; for csv.h. What needs no type is compiled once, in
// core/src/formats; the scan of short texts for what must be quoted is inline, as sinks live on it.
#pragma once

#include <flink/formats/csv_dialect.h>
#include <flink/types/bytes.h>
#include <flink/types/check.h>
#include <flink/types/kinds.h>
#include <flink/types/reflect.h>
#include <flink/types/short_strings.h>

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

namespace flink::detail {

// A field as it stands in the record, outer quotes taken off.
struct CsvField {
  std::string_view text;
  bool quoted = false;
  bool escaped = false;  // holds "" pairs
};
struct CsvColumn {
  const CsvField& field;
  std::string (*name)(std::size_t index);  // for errors only
  std::size_t index;                       // among T's fields
  int place;                               // in the file
  const CsvDialect& dialect;

  bool absent(bool text) const {
    if (field.quoted) return false;
    if (dialect.has_null_literal && field.text == dialect.null_literal) return true;
    return field.text.empty() && !(text && dialect.has_null_literal);
  }
};

// Gives how many fields there are, of which the first `columns` are stored.
std::size_t split_csv(std::string_view record, CsvField* fields, std::size_t columns,
                      const CsvDialect& dialect);
[[noreturn]] void throw_csv_columns(std::string_view record, std::size_t found,
                                    std::size_t expected);
// Undoes the "" pairs: at most text.size() bytes go to `to`; gives how many.
std::size_t unescape_csv(std::string_view text, char* to, char quote);
std::int64_t parse_csv_signed(const CsvColumn& column, std::int64_t low, std::int64_t high);
std::uint64_t parse_csv_unsigned(const CsvColumn& column, std::uint64_t high);
double parse_csv_double(const CsvColumn& column);
float parse_csv_float(const CsvColumn& column);
bool parse_csv_bool(const CsvColumn& column);
char parse_csv_char(const CsvColumn& column);
std::int64_t parse_csv_time(const CsvColumn& column, std::int64_t num, std::int64_t den);

void write_csv_signed(ByteWriter& out, std::int64_t value);
void write_csv_unsigned(ByteWriter& out, std::uint64_t value);
void write_csv_double(ByteWriter& out, double value);
void write_csv_float(ByteWriter& out, float value);
void write_csv_time(ByteWriter& out, std::int64_t count, std::int64_t num, std::int64_t den);
void write_csv_quoted(ByteWriter& out, std::string_view text, const CsvDialect& dialect);
// What was written from `begin` on up to the end or the next delimiter was no quoted text: now it
// is.
void quote_csv_field(ByteWriter& out, std::size_t begin, const CsvDialect& dialect);

// Is one of 8 bytes a delimiter, quote, CR or LF? 8 bytes at `at` are readable, the first `size`
// count.
inline bool csv_special(const char* at, std::size_t size, const CsvRules& rules) {
  constexpr std::uint64_t ones = 0x0101010101010101ull, highs = 0x8080808080808080ull;
  std::uint64_t word;
  std::memcpy(&word, at, 8);
  const auto zero_byte = [](std::uint64_t x) { return (x - ones) & ~x; };
  std::uint64_t found = zero_byte(word ^ rules.delimiters[0]) | zero_byte(word ^ rules.quotes[0]) |
                        zero_byte(word ^ ones * '\r') | zero_byte(word ^ ones * '\n');
  // A borrow may flag bytes above a real find only, so cutting off what lies above `size` is exact.
  if (size < 8) found &= (1ull << (8 * size)) - 1;
  return (found & highs) != 0;
}

// Copies first, then looks at the copy: reading a little past it stays within the buffer.
inline void write_csv_text(ByteWriter& out, std::string_view text, const CsvRules& rules) {
  char* at = out.room(text.size() + 16);
  copy_bytes(at, text.data(), text.size());
  for (std::size_t i = 0; i < text.size(); i += 8) {
    if (csv_special(at + i, text.size() - i, rules)) [[unlikely]]
      return write_csv_quoted(out, text, rules.dialect);
  }
  out.advance(text.size());
}

inline void write_csv_string(ByteWriter& out, const std::string& text, const CsvRules& rules) {
#if defined(__SSE2__)
  if (is_short(text)) [[likely]] {
    const ShortBytes bytes = short_bytes(text);
    ShortBytes delimiters, quotes;
    std::memcpy(&delimiters, rules.delimiters, sizeof(delimiters));
    std::memcpy(&quotes, rules.quotes, sizeof(quotes));
    const auto special =
        (bytes == delimiters) | (bytes == quotes) | (bytes == '\r') | (bytes == '\n');
    const auto bits = static_cast<unsigned>(__builtin_ia32_pmovmskb128(ShortBytes(special)));
    if ((bits & ((1u << text.size()) - 1)) != 0) [[unlikely]]
      return write_csv_quoted(out, text, rules.dialect);
    std::memcpy(out.room(sizeof(bytes)), &bytes, sizeof(bytes));
    return out.advance(text.size());
  }
#endif
  write_csv_text(out, text, rules);
}

template <class T>
inline constexpr bool csv_system_time = false;
template <TimePointLike T>
inline constexpr bool csv_system_time<T> =
    !T::clock::is_steady && std::is_same_v<CountOf<T>, std::int64_t>;

template <class T>
inline constexpr bool is_csv_text =
    kind_of<T> == Kind::string || kind_of<T> == Kind::string_view || kind_of<T> == Kind::bytes_view;

template <class T>
consteval bool is_csv_column() {
  constexpr Kind kind = kind_of<T>;
  if constexpr (kind == Kind::duration || kind == Kind::time_point)
    return is_csv_column<CountOf<T>>();
  else if constexpr (kind == Kind::optional)
    return kind_of<typename T::value_type> != Kind::optional &&
           is_csv_column<typename T::value_type>();
  else if constexpr (kind == Kind::bytes_view)
    return std::is_same_v<typename T::element_type, const char>;
  else
    return (kind == Kind::integer && sizeof(T) <= 8 && !std::is_same_v<T, std::byte>) ||
           kind == Kind::boolean || kind == Kind::floating || kind == Kind::enumeration ||
           kind == Kind::string || kind == Kind::string_view;
}

template <class Record, int Column>
struct NestedCsvColumn {
  static_assert(never<Record>,
                "flinkc: a CSV column is a number, bool, enum, char, string, duration, time or a "
                "std::optional of these: flatten what is nested");
};

// Converts the number that the column holds; integers of any width.
template <class T>
T parse_csv_integer(const CsvColumn& column) {
  using Limits = std::numeric_limits<T>;
  if constexpr (Limits::is_signed)
    return static_cast<T>(parse_csv_signed(column, Limits::min(), Limits::max()));
  else return static_cast<T>(parse_csv_unsigned(column, Limits::max()));
}

template <class T, class Arena>
void parse_csv_column(const CsvColumn& column, T& value, Arena& arena) {
  constexpr Kind kind = kind_of<T>;
  const CsvField& field = column.field;
  if constexpr (kind == Kind::string) {
    value.assign(field.text);
    if (field.escaped) value.resize(unescape_csv(field.text, value.data(), column.dialect.quote));
  } else if constexpr (kind == Kind::string_view || kind == Kind::bytes_view) {
    std::string_view text = field.text;
    if (field.escaped) {
      char* place = arena.allocate(text.size());
      text = {place, unescape_csv(text, place, column.dialect.quote)};
    }
    value = T{text.data(), text.size()};
  } else if constexpr (kind == Kind::optional) {
    if (column.absent(is_csv_text<typename T::value_type>)) value.reset();
    else parse_csv_column(column, value.emplace(), arena);
  } else if constexpr (kind == Kind::boolean) {
    value = parse_csv_bool(column);
  } else if constexpr (std::is_same_v<T, char>) {
    value = parse_csv_char(column);
  } else if constexpr (kind == Kind::integer) {
    value = parse_csv_integer<T>(column);
  } else if constexpr (kind == Kind::enumeration) {
    value = static_cast<T>(parse_csv_integer<std::underlying_type_t<T>>(column));
  } else if constexpr (kind == Kind::floating) {
    if constexpr (sizeof(T) == 4) value = parse_csv_float(column);
    else value = parse_csv_double(column);
  } else if constexpr (csv_system_time<T>) {
    using Period = typename T::duration::period;
    value =
        from_count<T>(static_cast<CountOf<T>>(parse_csv_time(column, Period::num, Period::den)));
  } else {
    CountOf<T> count{};
    parse_csv_column(column, count, arena);
    value = from_count<T>(count);
  }
}

template <class T>
void write_csv_optional(ByteWriter& out, const T& value, const CsvRules& rules);

template <class T>
void write_csv_column(ByteWriter& out, const T& value, const CsvRules& rules) {
  constexpr Kind kind = kind_of<T>;
  if constexpr (std::is_same_v<T, std::string>) {
    write_csv_string(out, value, rules);
  } else if constexpr (kind == Kind::string || kind == Kind::string_view) {
    write_csv_text(out, value, rules);
  } else if constexpr (kind == Kind::bytes_view) {
    write_csv_text(out, {value.data(), value.size()}, rules);
  } else if constexpr (kind == Kind::optional) {
    write_csv_optional(out, value, rules);
  } else if constexpr (kind == Kind::boolean) {
    out.raw(value ? std::string_view{"true"} : std::string_view{"false"});
  } else if constexpr (std::is_same_v<T, char>) {
    write_csv_text(out, {&value, 1}, rules);
  } else if constexpr (kind == Kind::integer && std::numeric_limits<T>::is_signed) {
    write_csv_signed(out, value);
  } else if constexpr (kind == Kind::integer) {
    write_csv_unsigned(out, value);
  } else if constexpr (kind == Kind::enumeration) {
    write_csv_column(out, number_of(value), rules);
  } else if constexpr (kind == Kind::floating) {
    if constexpr (sizeof(T) == 4) write_csv_float(out, value);
    else write_csv_double(out, value);
  } else if constexpr (csv_system_time<T>) {
    using Period = typename T::duration::period;
    write_csv_time(out, static_cast<std::int64_t>(count_of(value)), Period::num, Period::den);
  } else {
    write_csv_column(out, count_of(value), rules);
  }
}

// A value that reads like the absent one is quoted.
template <class T>
void write_csv_optional(ByteWriter& out, const T& value, const CsvRules& rules) {
  const CsvDialect& dialect = rules.dialect;
  if (!value.has_value()) {
    if (dialect.has_null_literal) out.raw(dialect.null_literal);
    return;
  }
  const std::size_t begin = out.size();
  write_csv_column(out, *value, rules);
  const std::string_view written = out.view().substr(begin);
  if (dialect.has_null_literal ? written == dialect.null_literal : written.empty()) [[unlikely]]
    quote_csv_field(out, begin, dialect);
}

}  // namespace flink::detail
