// SPDX-License-Identifier: Apache-2.0
// The connector for tests: rows as lines of JSON, their kind first, in a file; written, in a
// directory.
//   ["+I", 1, "a", "2024-01-01 00:00:00", [1, 2], {"k": 3}]
#include <flink/base/check.h>
#include <flink/error.h>

#include "table_connectors/factories.h"
#include "table_connectors/json_rows.h"
#include "table_connectors/row_file_sink.h"
#include "table_connectors/row_file_source.h"
#include "table_connectors/type_text.h"

namespace flink::table_connectors {
namespace {

using config::Kind;
using table::TableDescription;

std::vector<OptionSpec> specs() {
  return {
      {"path", Kind::string, "", true, {}},
      {"changelog-mode", Kind::string, "I", false, {}},
      {"bounded", Kind::boolean, "true", false, {}},
      {"disable-lookup", Kind::boolean, "false", false, {}},
      {"readable-metadata", Kind::string, "", false, {}},
      {"filterable-fields", Kind::string, "", false, {}},
      {"sink-insert-only", Kind::boolean, "false", false, {}},
  };
}

// I,UA,UB,D
ChangelogMode changelog_mode(const std::string& text) {
  ChangelogMode mode = ChangelogMode::none();
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find_first_of(",;", at), text.size());
    const auto word = config::trim(std::string_view{text}.substr(at, end - at));
    if (word == "I") mode = mode.with(RowKind::insert);
    else if (word == "UA") mode = mode.with(RowKind::update_after);
    else if (word == "UB") mode = mode.with(RowKind::update_before);
    else if (word == "D") mode = mode.with(RowKind::delete_);
    else
      throw Error{ErrorKind::user,
                  detail::concat("option 'changelog-mode' is '", text,
                                 "'; expected some of I, UA, UB, D with commas between")};
    at = end + 1;
  }
  return mode;
}

// 'timestamp:TIMESTAMP(3), headers:MAP<STRING, BYTES>': a column of each line behind the table's.
std::vector<table::Field> readable_metadata(std::string_view text) {
  std::vector<table::Field> out;
  std::size_t at = 0;
  int depth = 0;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    if (i < text.size()) {
      if (text[i] == '(' || text[i] == '<') ++depth;
      if (text[i] == ')' || text[i] == '>') --depth;
      if (text[i] != ',' || depth > 0) continue;
    }
    const auto entry = config::trim(text.substr(at, i - at));
    at = i + 1;
    if (entry.empty()) continue;
    const auto colon = entry.find(':');
    if (colon == std::string_view::npos) {
      throw Error{ErrorKind::user, detail::concat("option 'readable-metadata' is '", text,
                                                  "'; expected key:TYPE, with commas between")};
    }
    out.push_back({std::string{config::trim(entry.substr(0, colon))},
                   type_of_text(config::trim(entry.substr(colon + 1)))});
  }
  return out;
}

class ValuesDecoder final : public RowDecoder {
 public:
  ValuesDecoder(FileColumns columns, ChangelogMode mode)
      : columns_(std::move(columns)), mode_(mode) {}

  bool skips(std::string_view record) const override { return config::trim(record).empty(); }
  void decode(std::string_view record, table::Memory& memory, RowSink& out) override {
    JsonCursor in{record, memory};
    in.begin_array();
    if (!in.next_element()) throw Error{ErrorKind::user, "expected the row's kind, found ']'"};
    const RowKind kind = read_kind(in);
    values_.clear();
    const std::size_t count = columns_.fields.size();
    for (; in.next_element();) {
      if (values_.size() == count) fail_count("more");
      const auto& [name, type] = columns_.fields[values_.size()];
      values_.push_back(read_json(in, type, name, values_style(), memory));
      if (values_.back().null && !type.nullable()) {
        throw Error{ErrorKind::user, detail::concat("column '", name, "' is NOT NULL")};
      }
    }
    if (values_.size() < count) fail_count("fewer");
    in.finish();
    out.add(kind, values_);
  }

 private:
  RowKind read_kind(JsonCursor& in) const {
    const auto text = in.scalar();
    for (const auto kind :
         {RowKind::insert, RowKind::update_before, RowKind::update_after, RowKind::delete_}) {
      if (text != table::short_name(kind)) continue;
      if (mode_.contains(kind)) return kind;
      throw Error{ErrorKind::user, detail::concat("a row of kind ", text,
                                                  " is none that option "
                                                  "'changelog-mode' names")};
    }
    throw Error{ErrorKind::user, detail::concat("expected the row's kind, '+I', '-U', '+U' or "
                                                "'-D', found '",
                                                text, "'")};
  }
  [[noreturn]] void fail_count(std::string_view how) const {
    throw Error{ErrorKind::user, detail::concat("expected ", columns_.fields.size(),
                                                " values after the row's kind, found ", how)};
  }

  FileColumns columns_;
  ChangelogMode mode_;
  std::vector<Datum> values_;
};

class ValuesEncoder final : public RowEncoder {
 public:
  explicit ValuesEncoder(std::vector<table::Field> fields) : fields_(std::move(fields)) {}
  void encode(RowKind kind, std::span<const Datum> values, std::string& out) override {
    append_values_line(out, kind, fields_, values);
    out += '\n';
  }

 private:
  std::vector<table::Field> fields_;
};

class ValuesFormat final : public RowFormat {
 public:
  explicit ValuesFormat(ChangelogMode mode) : mode_(mode) {}
  std::string_view suffix() const override { return ".json"; }
  std::unique_ptr<RowDecoder> decoder(const FileColumns& columns) const override {
    return std::make_unique<ValuesDecoder>(columns, mode_);
  }
  std::unique_ptr<RowEncoder> encoder(const FileColumns& columns) const override {
    return std::make_unique<ValuesEncoder>(columns.fields);
  }

 private:
  ChangelogMode mode_;
};

class Values final : public table_runtime::TableConnector {
 public:
  std::string_view identifier() const override { return "values"; }

  table::SourceTraits source_traits(const TableDescription& table) const override {
    const TableOptions options{table, specs()};
    table::SourceTraits traits;
    traits.changelog = changelog_mode(options.text("changelog-mode"));
    traits.bounded = options.flag("bounded");
    traits.metadata = readable_metadata(options.text("readable-metadata"));
    return traits;
  }
  table::SinkTraits sink_traits(const TableDescription& table,
                                ChangelogMode wanted) const override {
    const TableOptions options{table, specs()};
    if (options.flag("sink-insert-only")) return {ChangelogMode::insert_only()};
    const bool keyed = !table.primary_key.empty();
    return {keyed ? wanted.without(RowKind::update_before) : wanted};
  }

  SingleOutputStreamOperator<Row> add_source(StreamExecutionEnvironment& env,
                                             const TableDescription& table,
                                             const table_runtime::Wanted& wanted) const override {
    const TableOptions told{table, specs()};
    RowFileOptions options;
    options.path = told.text("path");
    options.format = std::make_shared<ValuesFormat>(changelog_mode(told.text("changelog-mode")));
    options.columns.fields = table.columns;
    for (const std::size_t column : wanted.columns) {
      options.rows.push_back({RowColumn::From::record, column, {}, table.columns[column].type});
    }
    for (auto& metadata : readable_metadata(told.text("readable-metadata"))) {
      for (const auto& [key, type] : wanted.metadata) {
        if (key == metadata.name) {
          options.rows.push_back(
              {RowColumn::From::record, options.columns.fields.size(), {}, metadata.type});
        }
      }
      options.columns.fields.push_back(std::move(metadata));
    }
    options.columns.wanted.assign(options.columns.fields.size(), true);
    // Its lines have an order, which several readers would not keep.
    auto stream = env.from_source(RowFileSource{std::move(options)},
                                  WatermarkStrategy<Row>::no_watermarks(), table.name);
    stream.set_parallelism(1);
    return stream;
  }
  DataStreamSink add_sink(const DataStream<Row>& rows, const TableDescription& table,
                          bool overwrite) const override {
    const TableOptions told{table, specs()};
    RowSinkOptions options;
    options.path = told.text("path");
    options.overwrite = overwrite;
    options.format = std::make_shared<ValuesFormat>(ChangelogMode::all());
    options.columns = table.columns;
    return add_file_sink(rows, std::move(options));
  }
};

}  // namespace

void append_values_line(std::string& out, RowKind kind, std::span<const table::Field> fields,
                        std::span<const Datum> values) {
  out += "[\"";
  out += table::short_name(kind);
  out += '"';
  for (std::size_t i = 0; i < values.size(); ++i) {
    out += ',';
    append_json(out, fields[i].type, values[i], values_style());
  }
  out += ']';
}

std::unique_ptr<table_runtime::TableConnector> make_values() { return std::make_unique<Values>(); }

}  // namespace flink::table_connectors
