// SPDX-License-Identifier: Apache-2.0
// A record is a JSON object with the columns by name (Flink, "JSON Format").
#include "table_connectors/json_format.h"

#include <flink/base/check.h>
#include <flink/error.h>

namespace flink::table_connectors {
namespace {

using config::Kind;

class JsonDecoder final : public RowDecoder {
 public:
  JsonDecoder(FileColumns columns, JsonStyle style)
      : style_(std::move(style)), reader_(std::move(columns)) {}

  bool skips(std::string_view record) const override { return config::trim(record).empty(); }
  void decode(std::string_view record, table::Memory& memory, RowSink& out) override {
    JsonCursor in{record, memory};
    const auto values = reader_.read(in, style_, memory);
    in.finish();
    out.add(RowKind::insert, values);
  }

 private:
  JsonStyle style_;
  JsonObjectReader reader_;
};

class JsonEncoder final : public RowEncoder {
 public:
  JsonEncoder(const FileColumns& columns, JsonStyle style)
      : type_(LogicalType::row(columns.fields)), style_(std::move(style)) {}
  void encode(RowKind, std::span<const Datum> values, std::string& out) override {
    append_json(out, type_, Datum{table::Nested{values.data(), values.size()}}, style_);
    out += '\n';
  }

 private:
  LogicalType type_;
  JsonStyle style_;
};

class JsonFormat final : public RowFormat {
 public:
  explicit JsonFormat(JsonStyle style) : style_(std::move(style)) {}
  LineFraming framing() const override {
    LineFraming framing;
    framing.ignore_errors = style_.ignore_parse_errors;
    return framing;
  }
  std::string_view suffix() const override { return ".json"; }
  std::unique_ptr<RowDecoder> decoder(const FileColumns& columns) const override {
    return std::make_unique<JsonDecoder>(columns, style_);
  }
  std::unique_ptr<RowEncoder> encoder(const FileColumns& columns) const override {
    return std::make_unique<JsonEncoder>(columns, style_);
  }

 private:
  JsonStyle style_;
};

}  // namespace

std::span<const Datum> JsonObjectReader::read(JsonCursor& in, const JsonStyle& style,
                                              table::Memory& memory) {
  if (in.kind() != JsonCursor::Kind::object) {
    throw Error{ErrorKind::user,
                detail::concat("JSON: expected an object, found '", in.skip().substr(0, 40), "'")};
  }
  values_.assign(columns_.fields.size(), {});
  there_.assign(columns_.fields.size(), false);
  std::string_view key;
  // Members mostly come in the order of the columns.
  std::size_t expected = 0;
  for (in.begin_object(); in.next_member(key); ++expected) {
    std::size_t column = expected;
    if (column >= columns_.fields.size() || columns_.fields[column].name != key) {
      column = 0;
      while (column < columns_.fields.size() && columns_.fields[column].name != key) ++column;
    }
    if (column == columns_.fields.size() || !columns_.wanted[column]) {
      in.skip();
      if (column < there_.size()) there_[column] = true;
      continue;
    }
    values_[column] = read_json(in, columns_.fields[column].type, key, style, memory);
    there_[column] = true;
  }
  for (std::size_t i = 0; style.fail_on_missing_field && i < there_.size(); ++i) {
    if (there_[i]) continue;
    throw Error{ErrorKind::user,
                detail::concat("JSON: there is no member '", columns_.fields[i].name,
                               "', and fail-on-missing-field is set")};
  }
  return values_;
}

std::vector<OptionSpec> json_options_as(std::string_view format) {
  const std::string name{format};
  return {
      {name + ".fail-on-missing-field", Kind::boolean, "false", false, {}},
      {name + ".ignore-parse-errors", Kind::boolean, "false", false, {}},
      {name + ".timestamp-format.standard", Kind::choice, "SQL", false, {"SQL", "ISO-8601"}},
      {name + ".map-null-key.mode", Kind::choice, "FAIL", false, {"FAIL", "DROP", "LITERAL"}},
      {name + ".map-null-key.literal", Kind::string, "null", false, {}},
      {name + ".encode.decimal-as-plain-number", Kind::boolean, "false", false, {}},
      {name + ".encode.ignore-null-fields", Kind::boolean, "false", false, {}},
      {name + ".decode.json-parser.enabled", Kind::boolean, "true", false, {}},
  };
}

JsonStyle json_style_as(std::string_view format, const TableOptions& options) {
  const std::string name{format};
  JsonStyle style;
  style.fail_on_missing_field = options.flag(name + ".fail-on-missing-field");
  style.ignore_parse_errors = options.flag(name + ".ignore-parse-errors");
  style.scalars.iso_times =
      config::equal_ignoring_case(options.text(name + ".timestamp-format.standard"), "ISO-8601");
  const auto& mode = options.text(name + ".map-null-key.mode");
  style.null_key = config::equal_ignoring_case(mode, "DROP")      ? JsonStyle::NullKey::drop
                   : config::equal_ignoring_case(mode, "LITERAL") ? JsonStyle::NullKey::literal
                                                                  : JsonStyle::NullKey::fail;
  style.null_key_literal = options.text(name + ".map-null-key.literal");
  style.scalars.plain_decimals = options.flag(name + ".encode.decimal-as-plain-number");
  style.ignore_null_fields = options.flag(name + ".encode.ignore-null-fields");
  if (style.fail_on_missing_field && style.ignore_parse_errors) {
    throw Error{ErrorKind::user, detail::concat("'", name, ".fail-on-missing-field' and '", name,
                                                ".ignore-parse-errors' cannot both be true")};
  }
  return style;
}

std::vector<OptionSpec> json_options() { return json_options_as("json"); }

std::shared_ptr<const RowFormat> make_json(const TableOptions& options) {
  return std::make_shared<JsonFormat>(json_style_as("json", options));
}

}  // namespace flink::table_connectors
