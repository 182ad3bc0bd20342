// SPDX-License-Identifier: Apache-2.0
// Records to rows and back, a row of a table a case.
#include <doctest/doctest.h>
#include <flink/error.h>

#include "table/value_text.h"
#include "table_connectors/java_text.h"
#include "table_connectors/json_rows.h"
#include "table_connectors/row_format.h"
#include "table_connectors/type_text.h"

namespace flink::table_connectors {
namespace {

using Options = std::map<std::string, std::string>;

std::vector<table::Field> fields_of(const std::vector<std::string>& types) {
  std::vector<table::Field> out;
  for (std::size_t i = 0; i < types.size(); ++i) {
    out.push_back({std::string(1, static_cast<char>('a' + i)), type_of_text(types[i])});
  }
  return out;
}

struct Format {
  Format(const std::string& name, Options options, const std::vector<std::string>& types)
      : columns{fields_of(types), std::vector<bool>(types.size(), true)} {
    table::TableDescription table{"t", columns.fields, {}, {}, std::move(options)};
    format = make_format(name, TableOptions{table, format_options(name)}, columns.fields);
  }
  FileColumns columns;
  std::shared_ptr<const RowFormat> format;
};

// "+I 1|a", a row a line.
class Shown final : public RowSink {
 public:
  explicit Shown(const FileColumns& columns) : columns_(columns) {}
  void add(RowKind kind, std::span<const Datum> values) override {
    if (!text.empty()) text += '\n';
    text += table::short_name(kind);
    for (std::size_t i = 0; i < values.size(); ++i) {
      text += i == 0 ? ' ' : '|';
      table::append_value(text, columns_.fields[i].type, values[i], {}, table::TextStyle::client);
    }
  }
  std::string text;

 private:
  const FileColumns& columns_;
};

std::string read(const Format& format, std::string_view record) {
  table::Memory memory;
  Shown shown{format.columns};
  const auto decoder = format.format->decoder(format.columns);
  if (decoder->skips(record)) return "";
  try {
    decoder->decode(record, memory, shown);
  } catch (const Error& error) {
    return "error: " + error.message();
  }
  return shown.text;
}

class Written final : public RowSink {
 public:
  explicit Written(const Format& format) : encoder_(format.format->encoder(format.columns)) {}
  void add(RowKind kind, std::span<const Datum> values) override {
    encoder_->encode(kind, values, text);
  }
  std::string text;

 private:
  std::unique_ptr<RowEncoder> encoder_;
};

// What a format writes of the rows that it reads.
std::string rewrite(const Format& format, std::string_view record) {
  table::Memory memory;
  Written written{format};
  format.format->decoder(format.columns)->decode(record, memory, written);
  return written.text;
}

struct ReadCase {
  const char* format;
  Options options;
  std::vector<std::string> types;
  const char* record;
  const char* rows;
};

const Options semicolon{{"csv.field-delimiter", ";"}};
const ReadCase read_cases[] = {
    {"csv", {}, {"INT", "STRING"}, "1,a", "+I 1|a"},
    {"csv", {}, {"INT", "STRING"}, " 1 , a ", "+I 1| a "},
    {"csv", {}, {"STRING", "STRING"}, "\"a,\"\"b\"\"\",c", "+I a,\"b\"|c"},
    {"csv", {}, {"STRING", "STRING"}, ",", "+I |"},
    {"csv", {{"csv.null-literal", "NULL"}}, {"INT", "STRING"}, "NULL,", "+I <NULL>|"},
    {"csv", {{"csv.null-literal", ""}}, {"INT", "STRING"}, ",", "+I <NULL>|<NULL>"},
    {"csv", semicolon, {"INT", "STRING"}, "1;a,b", "+I 1|a,b"},
    {"csv", {{"csv.escape-character", "\\"}}, {"STRING", "INT"}, "a\\,b,1", "+I a,b|1"},
    {"csv", {{"csv.allow-comments", "true"}}, {"INT"}, "# no", ""},
    {"csv", {}, {"ARRAY<INT>", "ROW<x INT, y STRING>"}, "1;2,3;z", "+I [1, 2]|(3, z)"},
    {"csv", {}, {"BOOLEAN", "DOUBLE", "DECIMAL(5, 2)"}, "TRUE,1e3,1.005", "+I TRUE|1000.0|1.01"},
    {"csv", {}, {"DECIMAL(3, 1)"}, "12345", "+I <NULL>"},
    {"csv",
     {},
     {"DATE", "TIME", "TIMESTAMP(3)", "TIMESTAMP_LTZ(3)"},
     "2024-02-29,10:11:12,2024-02-29 10:11:12.5,2024-02-29 10:11:12Z",
     "+I 2024-02-29|10:11:12|2024-02-29 10:11:12.500|2024-02-29 10:11:12.000"},
    {"csv", {}, {"BYTES"}, "AP8=", "+I x'00ff'"},
    {"csv", {}, {"INT", "INT"}, "1", "error: CSV: expected 2 fields, found 1"},
    {"csv",
     {},
     {"INT", "INT"},
     "1;2",
     "error: CSV: expected 2 fields, found 1; if ';' separates them, set "
     "'csv.field-delimiter' = ';'"},
    {"csv", {}, {"INT"}, "1,2", "error: CSV: expected 1 fields, found 2"},
    {"csv", {}, {"INT"}, "x", "error: CSV column 1 'a': expected INT, found 'x'"},
    {"csv",
     {},
     {"STRING", "INT"},
     "x,",
     "error: CSV column 2 'b': expected INT, found ''; set 'csv.null-literal' = '' if that is "
     "NULL"},
    {"csv", {}, {"TINYINT"}, "128", "error: CSV column 1 'a': expected TINYINT, found '128'"},
    {"csv",
     {},
     {"TIMESTAMP(3)"},
     "2024-02-30 00:00:00",
     "error: CSV column 1 'a': expected TIMESTAMP(3), found '2024-02-30 00:00:00'"},
    {"csv", {}, {"STRING"}, "\"a\"b", "error: CSV field 1: text after the closing quote: 'b'"},
    {"csv", {}, {"STRING"}, "\"a", "error: CSV: a quoted field is not closed"},
    {"csv",
     {{"csv.ignore-parse-errors", "true"}},
     {"INT", "STRING", "STRING"},
     "x,y",
     "+I <NULL>|y|"},
    {"json",
     {},
     {"INT", "STRING"},
     R"({"b": "x\u00e9\n\ud83d\ude00", "a": 1, "c": [1]})",
     "+I 1|xé\n😀"},
    {"json", {}, {"INT", "STRING"}, "{}", "+I <NULL>|<NULL>"},
    {"json", {}, {"INT"}, "", ""},
    {"json",
     {},
     {"INT", "BIGINT"},
     R"({"a": "2", "b": 9007199254740993})",
     "+I 2|9007199254740993"},
    {"json", {}, {"INT"}, R"({"a": 3.7})", "+I 3"},
    {"json",
     {},
     {"STRING", "STRING"},
     R"({"a": {"x":  [1]}, "b": 1.50})",
     R"(+I {"x":  [1]}|1.50)"},
    {"json",
     {},
     {"ARRAY<INT>", "MAP<STRING, DOUBLE>", "ROW<x INT, y ARRAY<STRING>>"},
     R"({"a": [1, null], "b": {"k": 1, "k": 2}, "c": {"y": ["p"], "x": 5}})",
     "+I [1, NULL]|{k=2.0}|(5, [p])"},
    {"json", {}, {"TIMESTAMP(3)"}, R"({"a": "2024-03-01 08:00:00"})", "+I 2024-03-01 08:00:00.000"},
    {"json",
     {{"json.timestamp-format.standard", "ISO-8601"}},
     {"TIMESTAMP(3)"},
     R"({"a": "2024-03-01T08:00:00.123"})",
     "+I 2024-03-01 08:00:00.123"},
    {"json",
     {},
     {"TIMESTAMP(3)"},
     R"({"a": "2024-03-01T08:00:00"})",
     "error: column 'a': expected TIMESTAMP(3), found '2024-03-01T08:00:00'"},
    {"json", {{"json.ignore-parse-errors", "true"}}, {"INT"}, R"({"a": "x"})", "+I <NULL>"},
    {"json",
     {{"json.fail-on-missing-field", "true"}},
     {"INT"},
     "{}",
     "error: JSON: there is no member 'a', and fail-on-missing-field is set"},
    {"json",
     {},
     {"INT"},
     "not json",
     "error: JSON: expected a value at character 1, found 'not json'"},
    {"json", {}, {"INT"}, "[1]", "error: JSON: expected an object, found '[1]'"},
    {"json",
     {},
     {"INT"},
     R"({"a": 01})",
     "error: JSON: expected a number at character 7, found '01}'"},
    {"json",
     {},
     {"INT"},
     R"({"a": 1} x)",
     "error: JSON: expected the end of the line at character 10, found 'x'"},
    {"json", {}, {"INT"}, R"({"a": 1)", "error: JSON ends where ',' or '}' is expected"},
    {"debezium-json", {}, {"INT"}, R"({"before": null, "after": {"a": 1}, "op": "c"})", "+I 1"},
    {"debezium-json",
     {},
     {"INT"},
     R"({"before": {"a": 1}, "after": {"a": 2}, "op": "u"})",
     "-U 1\n+U 2"},
    {"debezium-json", {}, {"INT"}, R"({"before": {"a": 2}, "after": null, "op": "d"})", "-D 2"},
    {"debezium-json",
     {{"debezium-json.schema-include", "true"}},
     {"INT"},
     R"({"schema": {}, "payload": {"before": null, "after": {"a": 1}, "op": "r"}})",
     "+I 1"},
    {"debezium-json",
     {},
     {"INT"},
     R"({"before": null, "after": {"a": 1}, "op": "u"})",
     "error: Debezium: a record with op 'u' has no 'before'; with PostgreSQL set the table's "
     "REPLICA IDENTITY to FULL"},
    {"debezium-json",
     {},
     {"INT"},
     R"({"after": {"a": 1}})",
     "error: Debezium: 'op' is ''; expected 'c', 'r', 'u' or 'd'"},
    {"raw", {}, {"STRING"}, " any thing,", "+I  any thing,"},
};

TEST_CASE("records are read as Flink reads them") {
  for (const auto& one : read_cases) {
    CAPTURE(one.format);
    CAPTURE(one.record);
    CHECK(read(Format{one.format, one.options, one.types}, one.record) == one.rows);
  }
}

const ReadCase write_cases[] = {
    {"csv", {}, {"STRING", "STRING"}, "a,b", "a,b\n"},
    {"csv", {}, {"STRING", "STRING"}, "a b,\"x\"\"y\"", "\"a b\",\"x\"\"y\"\n"},
    {"csv", {}, {"STRING"}, "a-text-of-25-characters-xx", "\"a-text-of-25-characters-xx\"\n"},
    {"csv", {}, {"DECIMAL(10, 2)", "DECIMAL(10, 2)"}, "939.40,100", "939.4,1E+2\n"},
    {"csv",
     {{"csv.write-bigdecimal-in-scientific-notation", "false"}},
     {"DECIMAL(10, 2)"},
     "100",
     "100\n"},
    {"csv",
     {},
     {"TIMESTAMP(3)", "DATE"},
     "2024-03-01 08:00:00,2024-03-01",
     "\"2024-03-01 08:00:00\",2024-03-01\n"},
    {"csv", {{"csv.null-literal", "n/a"}}, {"INT", "STRING"}, "n/a,x", "n/a,x\n"},
    {"csv", {{"csv.disable-quote-character", "true"}}, {"STRING"}, "a b", "a b\n"},
    {"json",
     {},
     {"INT", "TIMESTAMP(3)", "STRING"},
     R"({"a": 1, "b": "2024-01-01 10:00:00.50", "c": "x\"y"})",
     "{\"a\":1,\"b\":\"2024-01-01 10:00:00.5\",\"c\":\"x\\\"y\"}\n"},
    {"json",
     {},
     {"DECIMAL(20, 10)", "DOUBLE"},
     R"({"a": 0.0000000001, "b": 1e-10})",
     "{\"a\":1E-10,\"b\":1.0E-10}\n"},
    {"json",
     {{"json.encode.decimal-as-plain-number", "true"}},
     {"DECIMAL(20, 10)"},
     R"({"a": 0.0000000001})",
     "{\"a\":0.0000000001}\n"},
    {"json",
     {{"json.encode.ignore-null-fields", "true"}},
     {"INT", "INT"},
     R"({"b": 2})",
     "{\"b\":2}\n"},
    {"json",
     {},
     {"BYTES", "MAP<STRING, INT>", "ROW<x INT>"},
     R"({"a": "AP8=", "b": {"k": 1}, "c": {"x": null}})",
     "{\"a\":\"AP8=\",\"b\":{\"k\":1},\"c\":{\"x\":null}}\n"},
    {"debezium-json",
     {},
     {"INT"},
     R"({"before": {"a": 1}, "after": {"a": 2}, "op": "u"})",
     "{\"before\":{\"a\":1},\"after\":null,\"op\":\"d\"}\n"
     "{\"before\":null,\"after\":{\"a\":2},\"op\":\"c\"}\n"},
    {"raw", {}, {"STRING"}, "a,b", "a,b\n"},
};

TEST_CASE("rows are written as Flink writes them") {
  for (const auto& one : write_cases) {
    CAPTURE(one.format);
    CAPTURE(one.record);
    CHECK(rewrite(Format{one.format, one.options, one.types}, one.record) == one.rows);
  }
}

TEST_CASE("a line of `values` reads back, whatever the types") {
  struct Case {
    std::vector<std::string> types;
    const char* line;
    const char* java;
  };
  const Case cases[] = {
      {{"INT", "STRING", "BOOLEAN"}, R"(["+I",1,"a",true])", "+I[1, a, true]"},
      {{"INT", "STRING"}, R"(["-U",null,null])", "-U[null, null]"},
      {{"DECIMAL(10, 2)", "DOUBLE", "FLOAT"}, R"(["+U","1.50","NaN",1.5])", "+U[1.50, NaN, 1.5]"},
      {{"DOUBLE", "DOUBLE"}, R"(["+I","-Infinity",1.0E300])", "+I[-Infinity, 1.0E300]"},
      {{"DATE", "TIME", "TIMESTAMP(3)", "TIMESTAMP_LTZ(3)"},
       R"(["-D","2024-01-31","10:00:00","2024-01-31 12:00:00","2024-01-31 12:00:00.5Z"])",
       "-D[2024-01-31, 10:00, 2024-01-31T12:00, 2024-01-31T12:00:00.500Z]"},
      {{"BYTES", "ARRAY<INT>"}, R"(["+I","00ff",[1,null]])", "+I[[0, -1], [1, null]]"},
      {{"ROW<x INT, y STRING>", "MAP<STRING, INT>"},
       R"(["+I",[1,"a"],{"k":3}])",
       "+I[+I[1, a], {k=3}]"},
      {{"MAP<INT, STRING>", "MULTISET<STRING>"},
       R"(["+I",[[1,"a"],[2,null]],{"z":2}])",
       "+I[{1=a, 2=null}, {z=2}]"},
  };
  for (const auto& one : cases) {
    CAPTURE(one.line);
    table::Memory memory;
    const auto fields = fields_of(one.types);
    JsonCursor in{one.line, memory};
    in.begin_array();
    REQUIRE(in.next_element());
    const auto word = in.scalar();
    auto kind = RowKind::insert;
    for (const auto each : {RowKind::update_before, RowKind::update_after, RowKind::delete_}) {
      if (word == table::short_name(each)) kind = each;
    }
    std::vector<Datum> values;
    while (in.next_element()) {
      values.push_back(read_json(in, fields[values.size()].type, "v", values_style(), memory));
    }
    std::string line, java;
    append_values_line(line, kind, fields, values);
    CHECK(line == one.line);
    append_java_row(java, kind, LogicalType::row(fields), values);
    CHECK(java == one.java);
  }
}

}  // namespace
}  // namespace flink::table_connectors
