// SPDX-License-Identifier: Apache-2.0
// A record is a line of fields in the order of the columns (Flink, "CSV Format"). What must be
// quoted is what Jackson quotes, so that files are the same byte for byte.
#include <flink/base/check.h>
#include <flink/error.h>

#include <algorithm>
#include <optional>

#include "table/fn/utf8.h"
#include "table_connectors/row_format.h"

namespace flink::table_connectors {
namespace {

using config::Kind;

struct CsvStyle {
  char delimiter = ',';
  char quote = '"';    // '\0': none
  char escape = '\0';  // '\0': none
  std::string element_delimiter = ";";
  std::optional<std::string> null_literal;
  bool comments = false;
  bool ignore_parse_errors = false;
  ScalarStyle scalars;
};

struct CsvField {
  std::string_view text;
  bool quoted = false;
};

class CsvDecoder final : public RowDecoder {
 public:
  CsvDecoder(FileColumns columns, CsvStyle style)
      : columns_(std::move(columns)), style_(std::move(style)) {}

  bool skips(std::string_view record) const override {
    return record.empty() || (style_.comments && record.front() == '#');
  }

  void decode(std::string_view record, table::Memory& memory, RowSink& out) override {
    split(record, memory);
    const std::size_t count = columns_.fields.size();
    if (fields_.size() > count || (fields_.size() < count && !style_.ignore_parse_errors)) {
      throw Error{ErrorKind::user, detail::concat("CSV: expected ", count, " fields, found ",
                                                  fields_.size(), delimiter_hint(record))};
    }
    fields_.resize(count, {"", false});
    values_.assign(count, {});
    for (std::size_t i = 0; i < count; ++i) {
      if (columns_.wanted[i]) values_[i] = value(i, memory);
    }
    out.add(RowKind::insert, values_);
  }

 private:
  std::string delimiter_hint(std::string_view record) const {
    const auto at = record.find_first_of(";\t|,");
    if (fields_.size() != 1 || at == std::string_view::npos) return "";
    const std::string mark = record[at] == '\t' ? "\\t" : std::string(1, record[at]);
    return detail::concat("; if '", mark, "' separates them, set 'csv.field-delimiter' = '", mark,
                          "'");
  }

  void split(std::string_view record, table::Memory& memory) {
    fields_.clear();
    for (std::size_t at = 0;; ++at) {
      const bool quoted = style_.quote != '\0' && at < record.size() && record[at] == style_.quote;
      fields_.push_back({quoted || style_.escape != '\0' ? unescaped(record, at, quoted, memory)
                                                         : plain(record, at),
                         quoted});
      if (at >= record.size()) return;
      if (record[at] != style_.delimiter) {
        throw Error{ErrorKind::user, detail::concat("CSV field ", fields_.size(),
                                                    ": text after the closing quote: '",
                                                    record.substr(at, 40), "'")};
      }
    }
  }
  std::string_view plain(std::string_view record, std::size_t& at) const {
    const std::size_t start = at;
    at = std::min(record.find(style_.delimiter, at), record.size());
    return record.substr(start, at - start);
  }
  std::string_view unescaped(std::string_view record, std::size_t& at, bool quoted,
                             table::Memory& memory) const {
    char* const out = memory.array<char>(record.size() - at);
    std::size_t size = 0;
    for (at += quoted ? 1 : 0; at < record.size(); ++at) {
      const char c = record[at];
      if (style_.escape != '\0' && c == style_.escape && at + 1 < record.size()) {
        out[size++] = record[++at];
      } else if (quoted && c == style_.quote) {
        if (at + 1 == record.size() || record[at + 1] != style_.quote) {
          ++at;
          return {out, size};
        }
        out[size++] = record[++at];
      } else if (!quoted && c == style_.delimiter) {
        return {out, size};
      } else {
        out[size++] = c;
      }
    }
    if (quoted) throw Error{ErrorKind::user, "CSV: a quoted field is not closed"};
    return {out, size};
  }

  Datum value(std::size_t column, table::Memory& memory) const {
    const auto& [name, type] = columns_.fields[column];
    const std::string_view text = fields_[column].text;
    if (style_.null_literal && text == *style_.null_literal) return {};
    const auto out = of_text(type, text, memory);
    if (out) return *out;
    if (style_.ignore_parse_errors) return {};
    throw Error{ErrorKind::user,
                detail::concat("CSV column ", column + 1, " '", name, "': expected ",
                               type.with_nullable(true).summary(), ", found '", text.substr(0, 40),
                               text.size() > 40 ? "…'" : "'",
                               text.empty() && !style_.null_literal
                                   ? "; set 'csv.null-literal' = '' if that is NULL"
                                   : "")};
  }

  std::optional<Datum> of_text(const LogicalType& type, std::string_view text,
                               table::Memory& memory) const {
    if (is_scalar(type)) return scalar_of_text(type, text, style_.scalars, memory);
    std::vector<Datum> items;
    const std::string& between = style_.element_delimiter;
    for (std::size_t at = 0; !text.empty() && at <= text.size();) {
      const std::size_t end = std::min(text.find(between, at), text.size());
      if (type.is(TypeRoot::row) && items.size() == type.size()) return {};
      const auto item =
          scalar_of_text(type.is(TypeRoot::row) ? type.child(items.size()) : type.child(),
                         text.substr(at, end - at), style_.scalars, memory);
      if (!item) return {};
      items.push_back(*item);
      at = end + between.size();
    }
    if (type.is(TypeRoot::row) && items.size() != type.size()) return {};
    auto* const place = memory.array<Datum>(items.size());
    std::copy(items.begin(), items.end(), place);
    return Datum{table::Nested{place, items.size()}};
  }

  FileColumns columns_;
  CsvStyle style_;
  std::vector<CsvField> fields_;
  std::vector<Datum> values_;
};

class CsvEncoder final : public RowEncoder {
 public:
  CsvEncoder(std::vector<table::Field> fields, CsvStyle style)
      : fields_(std::move(fields)), style_(std::move(style)) {}

  void encode(RowKind, std::span<const Datum> values, std::string& out) override {
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (i > 0) out += style_.delimiter;
      if (values[i].null) {
        out += style_.null_literal.value_or("");
        continue;
      }
      text_.clear();
      append(fields_[i].type, values[i]);
      if (is_bare(fields_[i].type) || !needs_quotes(text_)) {
        out += text_;
      } else {
        quote(out);
      }
    }
    out += '\n';
  }

 private:
  void append(const LogicalType& type, const Datum& value) {
    if (is_scalar(type)) return append_scalar(text_, type, value, style_.scalars);
    const auto items = value.items();
    for (std::size_t i = 0; i < items.size(); ++i) {
      if (i > 0) text_ += style_.element_delimiter;
      if (items[i].null) {
        text_ += style_.null_literal.value_or("");
      } else {
        append(type.is(TypeRoot::row) ? type.child(i) : type.child(), items[i]);
      }
    }
  }

  // Jackson looks no closer: a long text, or one with a character up to the greatest that counts.
  bool needs_quotes(std::string_view text) const {
    constexpr std::size_t looked_at = 24;
    if (style_.quote == '\0') return false;
    if (table::fn::count_points(text) > looked_at) return true;
    const auto greatest =
        static_cast<unsigned char>(std::max({style_.delimiter, style_.quote, style_.escape, '\n'}));
    return std::any_of(text.begin(), text.end(),
                       [&](char c) { return static_cast<unsigned char>(c) <= greatest; });
  }
  void quote(std::string& out) const {
    out += style_.quote;
    for (const char c : text_) {
      if (c == style_.quote) out += style_.escape == '\0' ? style_.quote : style_.escape;
      else if (c == style_.escape && c != '\0') out += style_.escape;
      out += c;
    }
    out += style_.quote;
  }

  std::vector<table::Field> fields_;
  CsvStyle style_;
  std::string text_;
};

class CsvFormat final : public RowFormat {
 public:
  explicit CsvFormat(CsvStyle style) : style_(std::move(style)) {}
  LineFraming framing() const override {
    LineFraming framing;
    framing.delimiter = style_.delimiter;
    framing.quote = style_.quote;
    framing.multi_line = style_.quote != '\0';
    framing.ignore_errors = style_.ignore_parse_errors;
    return framing;
  }
  std::string_view suffix() const override { return ".csv"; }
  std::unique_ptr<RowDecoder> decoder(const FileColumns& columns) const override {
    return std::make_unique<CsvDecoder>(columns, style_);
  }
  std::unique_ptr<RowEncoder> encoder(const FileColumns& columns) const override {
    return std::make_unique<CsvEncoder>(columns.fields, style_);
  }

 private:
  CsvStyle style_;
};

char character(const TableOptions& options, std::string_view key) {
  const std::string& text = options.text(key);
  if (text == "\\t") return '\t';
  if (text.size() == 1) return text[0];
  if (text.empty()) return '\0';
  throw Error{ErrorKind::user,
              detail::concat("option '", key, "' is '", text, "'; expected one character, or \\t")};
}

bool fits_csv(const LogicalType& type) {
  if (type.is(TypeRoot::map) || type.is(TypeRoot::multiset)) return false;
  for (std::size_t i = 0; i < type.size(); ++i) {
    if (!is_scalar(type.child(i))) return false;
  }
  return true;
}

}  // namespace

std::vector<OptionSpec> csv_options() {
  return {
      {"csv.field-delimiter", Kind::string, ",", false, {}},
      {"csv.quote-character", Kind::string, "\"", false, {}},
      {"csv.disable-quote-character", Kind::boolean, "false", false, {}},
      {"csv.escape-character", Kind::string, "", false, {}},
      {"csv.array-element-delimiter", Kind::string, ";", false, {}},
      {"csv.null-literal", Kind::string, "", false, {}},
      {"csv.allow-comments", Kind::boolean, "false", false, {}},
      {"csv.ignore-parse-errors", Kind::boolean, "false", false, {}},
      {"csv.write-bigdecimal-in-scientific-notation", Kind::boolean, "true", false, {}},
  };
}

std::shared_ptr<const RowFormat> make_csv(const TableOptions& options,
                                          const std::vector<table::Field>& fields) {
  for (const auto& [name, type] : fields) {
    if (fits_csv(type)) continue;
    throw Error{ErrorKind::user, detail::concat("format 'csv' cannot hold column '", name,
                                                "' of type ", type.summary(), "; 'json' can")};
  }
  CsvStyle style;
  style.delimiter = character(options, "csv.field-delimiter");
  style.quote = options.flag("csv.disable-quote-character")
                    ? '\0'
                    : character(options, "csv.quote-character");
  style.escape = character(options, "csv.escape-character");
  style.element_delimiter = options.text("csv.array-element-delimiter");
  if (options.told("csv.null-literal")) style.null_literal = options.text("csv.null-literal");
  style.comments = options.flag("csv.allow-comments");
  style.ignore_parse_errors = options.flag("csv.ignore-parse-errors");
  style.scalars.short_decimals = true;
  style.scalars.plain_decimals = !options.flag("csv.write-bigdecimal-in-scientific-notation");
  if (style.delimiter == '\0' || style.element_delimiter.empty()) {
    throw Error{ErrorKind::user, "a delimiter of format 'csv' cannot be empty"};
  }
  return std::make_shared<CsvFormat>(std::move(style));
}

}  // namespace flink::table_connectors
