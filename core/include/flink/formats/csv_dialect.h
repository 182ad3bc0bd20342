// SPDX-License-Identifier: Apache-2.0
// What separates and marks CSV text; for csv.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace flink::detail {

struct CsvDialect {
  CsvDialect();
  CsvDialect(const CsvDialect& other);
  CsvDialect& operator=(const CsvDialect& other);
  ~CsvDialect();

  char delimiter = ',';
  char quote = '"';  // '\0': quotes are text like any other
  bool comments = false;
  bool has_null_literal = false;  // without: an empty field is the absent one
  std::string null_literal;
  bool header = false;
  bool multi_line = false;
  bool ignore_errors = false;
};

// Throws Error{user} for what cannot be told apart.
void check_csv_dialect(const CsvDialect& dialect);

// A dialect, ready for a writer: what a text must be quoted for, as words of eight bytes.
struct CsvRules {
  explicit CsvRules(const CsvDialect& told = {});
  CsvDialect dialect;
  std::uint64_t delimiters[2], quotes[2];
};
// RFC 4180.
extern const CsvRules csv_rfc4180;

// Of a record's type.
struct CsvColumns {
  std::string (*name)(std::size_t index);
  const bool* optional;
  std::size_t count;
};
// For each column where a file with that header has it: -1 for an optional one that it lacks.
// Throws Error{user} for another one.
std::vector<int> csv_order(std::string_view header, const CsvColumns& columns,
                           const CsvDialect& dialect, std::size_t& columns_in_file);

// What to do about a record that cannot be read when it may be a line of columns' names: one is
// among its fields, or no field is a number. Empty: it is none.
std::string csv_header_hint(std::string_view record, const CsvColumns& columns,
                            const CsvDialect& dialect);

// For a record that was found to have one column: which other delimiter it seems to have; or empty.
std::string csv_delimiter_hint(std::string_view record);

// The line with the columns' names, as with_header() wants it.
std::string csv_header(const CsvColumns& columns, const CsvDialect& dialect);

}  // namespace flink::detail
