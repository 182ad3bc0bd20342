// SPDX-License-Identifier: Apache-2.0
// What a dialect may be, and the line of names.
#include <flink/base/check.h>
#include <flink/error.h>
#include <flink/formats/csv_record.h>

#include <algorithm>

namespace flink::detail {
namespace {

// Of numbers, times and words that are written without quotes, and what is no ASCII.
bool in_values(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' ||
         c == '+' || c == '-' || c == ':' || static_cast<unsigned char>(c) >= 0x80;
}

void check_mark(const char* what, char mark, bool comments) {
  if (mark != '\0' && mark != '\n' && mark != '\r' && !in_values(mark) &&
      !(comments && mark == '#')) {
    return;
  }
  throw Error{ErrorKind::user, concat("CSV: the ", what, " character cannot be of code ",
                                      static_cast<int>(static_cast<unsigned char>(mark)),
                                      ", as numbers, times, line ends, comments or other "
                                      "characters have it; choose another one")};
}

// As names are compared that one writes by hand: "Item Price", item_price.
std::string letters_of(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c >= 'A' && c <= 'Z') out += static_cast<char>(c | 0x20);
    else if (in_values(c)) out += c;
  }
  return out;
}

bool is_name_line(const std::vector<CsvField>& fields, const CsvColumns& columns) {
  bool numbers = false;
  for (const CsvField& field : fields) {
    const std::string name = letters_of(field.text);
    for (std::size_t i = 0; i < columns.count; ++i) {
      if (!name.empty() && name == letters_of(columns.name(i))) return true;
    }
    numbers = numbers || field.text.find_first_of("0123456789") != std::string_view::npos;
  }
  return !numbers;
}

std::string text_of(const CsvField& field, const CsvDialect& dialect) {
  std::string text{field.text};
  if (field.escaped) text.resize(unescape_csv(field.text, text.data(), dialect.quote));
  return text;
}

}  // namespace

CsvDialect::CsvDialect() = default;
CsvDialect::CsvDialect(const CsvDialect&) = default;
CsvDialect& CsvDialect::operator=(const CsvDialect&) = default;
CsvDialect::~CsvDialect() = default;

CsvRules::CsvRules(const CsvDialect& told) : dialect(told) {
  constexpr std::uint64_t ones = 0x0101010101010101ull;
  const char quoting = dialect.quote == '\0' ? '\n' : dialect.quote;
  delimiters[0] = delimiters[1] = ones * static_cast<unsigned char>(dialect.delimiter);
  quotes[0] = quotes[1] = ones * static_cast<unsigned char>(quoting);
}
const CsvRules csv_rfc4180;

void check_csv_dialect(const CsvDialect& dialect) {
  check_mark("delimiter", dialect.delimiter, dialect.comments);
  if (dialect.quote != '\0') check_mark("quote", dialect.quote, dialect.comments);
  if (dialect.quote == dialect.delimiter) {
    throw Error{ErrorKind::user, "CSV: delimiter and quote are the same character"};
  }
  const std::string_view literal = dialect.null_literal;
  if (csv_misleads(literal, dialect)) {
    throw Error{ErrorKind::user, concat("CSV: the null literal '", literal,
                                        "' begins like a comment or a byte order mark")};
  }
  for (const char c : literal) {
    if (c != dialect.delimiter && c != '\n' && c != '\r' && (c != dialect.quote || c == '\0'))
      continue;
    throw Error{ErrorKind::user, concat("CSV: the null literal '", dialect.null_literal,
                                        "' holds a delimiter, quote or line break")};
  }
}

std::vector<int> csv_order(std::string_view header, const CsvColumns& columns,
                           const CsvDialect& dialect, std::size_t& columns_in_file) {
  columns_in_file =
      1 + static_cast<std::size_t>(std::count(header.begin(), header.end(), dialect.delimiter));
  std::vector<CsvField> fields(columns_in_file);
  columns_in_file = split_csv(header, fields.data(), fields.size(), dialect);
  std::vector<std::string> names;
  for (std::size_t i = 0; i < columns_in_file; ++i) names.push_back(text_of(fields[i], dialect));
  std::vector<int> order;
  for (std::size_t i = 0; i < columns.count; ++i) {
    const std::string name = columns.name(i);
    const auto found = std::find(names.begin(), names.end(), name);
    if (found == names.end() && !columns.optional[i]) {
      throw Error{ErrorKind::incurable,
                  concat("CSV: no column is named '", name, "' in the header ",
                         std::string{header.substr(0, 200)},
                         names.size() == 1 && columns.count > 1 ? csv_delimiter_hint(header) : "")};
    }
    order.push_back(found == names.end() ? -1 : static_cast<int>(found - names.begin()));
  }
  return order;
}

std::string csv_header_hint(std::string_view record, const CsvColumns& columns,
                            const CsvDialect& dialect) {
  std::vector<CsvField> fields(columns.count);
  try {
    fields.resize(
        std::min(fields.size(), split_csv(record, fields.data(), fields.size(), dialect)));
  } catch (const Error&) {
    return {};
  }
  if (!is_name_line(fields, columns)) return {};
  return "if this line holds the columns' names, give CsvFormat's with_header(), which finds "
         "columns by name, or the source's skip_first_line(), which leaves the line out; "
         "ignore_parse_errors() leaves out and counts whatever cannot be read";
}

std::string csv_delimiter_hint(std::string_view record) {
  const auto at = record.find_first_of(";\t|,");
  const bool quotes = record.find('"') != std::string_view::npos;  // it may stand within them
  if (at == std::string_view::npos || quotes) return {};
  const std::string mark = record[at] == '\t' ? "\\t" : std::string(1, record[at]);
  return concat("; if '", mark, "' separates its fields, give the CsvFormat with_field_delimiter('",
                mark, "')");
}

std::string csv_header(const CsvColumns& columns, const CsvDialect& dialect) {
  const CsvRules rules{dialect};
  ByteWriter out;
  for (std::size_t i = 0; i < columns.count; ++i) {
    if (i > 0) out.u8(static_cast<std::uint8_t>(dialect.delimiter));
    write_csv_text(out, columns.name(i), rules);
  }
  out.u8('\n');
  return std::string{out.view()};
}

}  // namespace flink::detail
