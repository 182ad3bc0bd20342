// SPDX-License-Identifier: Apache-2.0
// CSV: CsvFormat<T> for a T that is an aggregate or a tuple of plain columns, or one plain column.
// By RFC 4180 unless told otherwise. Bytes go through unchanged, invalid UTF-8 too.
//   - Read: a field that begins with a quote holds anything, "" in it is one quote; a CR at the end
//     of the record belongs to the line end. Numbers may have blanks around them; too small a
//     number is 0, too large a floating one infinite, as in Java. An absent optional is an empty
//     field without quotes, or the null literal.
//   - Written: quotes only where the text holds a delimiter, quote, CR or LF, or would read as an
//     absent value, an empty line, a comment or a byte order mark. Enums as integers, bools as true
//     and false, floating numbers as in Java, durations by count; system time as
//     2024-01-01T00:00:00.000Z, and read as that, with Z, UTC, +02:00 or no zone, or as a count of
//     its unit; what is finer than that is cut off.
// View fields point into the record, or, if quotes had to be undone, into what `arena` allocated.
#pragma once

#include <flink/formats/csv_record.h>
#include <flink/formats/framing.h>

namespace flink {
namespace detail {

template <class T>
class CsvDecoder {
 public:
  explicit CsvDecoder(const CsvDialect& dialect) : dialect_(dialect) {}

  void begin_file(std::string_view header) {
    if constexpr (check_csv<T>()) {
      std::size_t columns_in_file = 0;
      order_ = csv_order(header, csv_columns_of<T>(), dialect_, columns_in_file);
      found_.resize(columns_in_file);
    }
  }
  // Blank lines are no records where they cannot be one.
  bool skips(std::string_view record) const {
    if (record.empty()) return !csv_blank_record<T>;
    return dialect_.comments && record.front() == '#';
  }
  template <class Arena>
  void decode(std::string_view record, T& out, Arena& arena) {
    if constexpr (check_csv<T>()) {
      if (order_.empty()) [[likely]]
        return parse_csv(record, out, arena, dialect_);
      found_.assign(found_.size(), {});
      const std::size_t found = split_csv(record, found_.data(), found_.size(), dialect_);
      if (found != found_.size()) throw_csv_columns(record, found, found_.size());
      parse_csv_fields(found_.data(), order_.data(), out, arena, dialect_);
    }
  }
  // Why the first line of a file may be the one that cannot be read; empty: no idea.
  std::string first_line_hint(std::string_view record) const {
    if constexpr (check_csv<T>()) {
      if (order_.empty()) return csv_header_hint(record, csv_columns_of<T>(), dialect_);
    }
    return {};
  }

 private:
  CsvDialect dialect_;
  std::vector<int> order_;  // empty: as T's fields
  std::vector<CsvField> found_;
};

template <class T>
class CsvEncoder {
 public:
  explicit CsvEncoder(const CsvDialect& dialect) : rules_(dialect) {}
  void encode(ByteWriter& out, const T& record) const {
    if constexpr (check_csv<T>()) {
      write_csv(out, record, rules_);
      out.u8('\n');
    }
  }

 private:
  CsvRules rules_;
};

}  // namespace detail

// Does the record end here, or within quotes, so that the next line belongs to it?
bool csv_record_complete(std::string_view text);

template <class T>
class CsvFormat {
 public:
  using record_type = T;
  static constexpr std::size_t columns = detail::csv_columns<T>();

  // Each of these gives a changed copy. Characters are single bytes.
  CsvFormat with_field_delimiter(char delimiter) const {
    return with([delimiter](auto& dialect) { dialect.delimiter = delimiter; });
  }
  CsvFormat with_quote_character(char quote) const {
    return with([quote](auto& dialect) { dialect.quote = quote; });
  }
  // Quotes are text like any other. What then needs them cannot be written: an error.
  CsvFormat disable_quote_character() const {
    return with([](auto& dialect) { dialect.quote = '\0'; });
  }
  // An optional column is absent where this stands without quotes, and an empty text is a text.
  CsvFormat with_null_literal(std::string literal) const {
    return with([&](auto& dialect) {
      dialect.null_literal = std::move(literal);
      dialect.has_null_literal = true;
    });
  }
  // Lines that begin with # are none.
  CsvFormat allow_comments() const {
    return with([](auto& dialect) { dialect.comments = true; });
  }
  // The first line of each file, but for blank ones and comments, holds the columns' names. Read:
  // columns are found by name, in any order, further ones left alone; only an optional one may
  // lack. Written: it is.
  CsvFormat with_header() const {
    return with([](auto& dialect) { dialect.header = true; });
  }
  // Quoted fields may hold line breaks: a file is then read by one subtask. Without it such a field
  // is an error.
  CsvFormat multi_line() const {
    return with([](auto& dialect) { dialect.multi_line = true; });
  }
  // What cannot be read is left out and counted: numRecordsInErrors.
  CsvFormat ignore_parse_errors() const {
    return with([](auto& dialect) { dialect.ignore_errors = true; });
  }

  LineFraming framing() const {
    return {dialect_.multi_line && dialect_.quote != '\0',
            dialect_.delimiter,
            dialect_.quote,
            dialect_.header,
            dialect_.ignore_errors,
            dialect_.comments ? '#' : '\0'};
  }
  std::string_view suffix() const { return ".csv"; }
  std::string file_header() const {
    if constexpr (detail::check_csv<T>()) {
      if (dialect_.header) return detail::csv_header(detail::csv_columns_of<T>(), dialect_);
    }
    return {};
  }
  detail::CsvDecoder<T> decoder() const { return detail::CsvDecoder<T>{dialect_}; }
  detail::CsvEncoder<T> encoder() const { return detail::CsvEncoder<T>{dialect_}; }

  // By RFC 4180: one record, without its line end, into `out`. `arena` has
  // char* allocate(std::size_t), like Collector's. Throws Error{user} that names the column, its
  // text and what was expected.
  template <class Arena>
  requires requires(Arena& arena) { arena.allocate(std::size_t{}); }
  static void parse(std::string_view record, T& out, Arena& arena) {
    if constexpr (detail::check_csv<T>()) {
      detail::parse_csv(record, out, arena, detail::csv_rfc4180.dialect);
    }
  }
  // View fields of `out` are valid until `scratch` is used again.
  static void parse(std::string_view record, T& out, std::string& scratch) {
    detail::CsvScratch arena{scratch};
    if (scratch.size() < record.size()) scratch.resize(record.size());
    parse(record, out, arena);
  }

  // By RFC 4180: appends a row without line end.
  static void write(ByteWriter& out, const T& record) {
    if constexpr (detail::check_csv<T>()) detail::write_csv(out, record, detail::csv_rfc4180);
  }
  // Appends a row and '\n'.
  static void write_line(ByteWriter& out, const T& record) {
    write(out, record);
    out.u8('\n');
  }
  static void write_line(std::string& out, const T& record) {
    char start[256];
    ByteWriter row{start, sizeof(start)};
    write_line(row, record);
    out.append(row.data(), row.size());
  }

 private:
  template <class Change>
  CsvFormat with(Change change) const {
    CsvFormat changed = *this;
    change(changed.dialect_);
    detail::check_csv_dialect(changed.dialect_);
    return changed;
  }
  detail::CsvDialect dialect_;
};

}  // namespace flink
