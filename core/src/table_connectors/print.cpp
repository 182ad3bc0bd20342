// SPDX-License-Identifier: Apache-2.0
// Rows as lines on stdout or stderr, as Flink prints them: +I[1, a] (Flink, "Print SQL Connector").
#include <flink/connectors/print_sink.h>
#include <flink/error.h>

#include "table_connectors/factories.h"
#include "table_connectors/java_text.h"
#include "table_connectors/table_options.h"

namespace flink::table_connectors {
namespace {

using config::Kind;
using table::Datum;
using table::LogicalType;
using table::Row;

class RowPrinter final : public SinkWriter<Row> {
 public:
  RowPrinter(WriterInitContext& context, const LogicalType& type, const table::RowLayout& layout,
             const std::string& id, bool to_stderr)
      : type_(type), layout_(layout), values_(type.size()), printer_(context, id, to_stderr) {}

  void write(const Row& row) override {
    layout_.unpack(row.bytes, values_, memory_);
    std::string& line = printer_.begin_line();
    append_java_row(line, row.kind, type_, values_);
    printer_.end_line();
    memory_.clear();
  }
  void write_batch(std::span<const Row> rows) override {
    for (const Row& row : rows) write(row);
    printer_.flush();  // who prints wants to see it now
  }
  void flush(bool) override { printer_.flush(); }

 private:
  const LogicalType& type_;
  const table::RowLayout& layout_;
  std::vector<Datum> values_;
  table::Memory memory_;
  flink::detail::LinePrinter printer_;
};

class RowPrintSink final : public Sink<Row> {
 public:
  RowPrintSink(const std::vector<table::Field>& columns, std::string id, bool to_stderr)
      : type_(LogicalType::row(columns)), id_(std::move(id)), to_stderr_(to_stderr) {
    std::vector<LogicalType> types;
    for (const auto& column : columns) types.push_back(column.type);
    layout_ = table::RowLayout{std::move(types)};
  }
  std::unique_ptr<SinkWriter<Row>> create_writer(WriterInitContext& context) const override {
    return std::make_unique<RowPrinter>(context, type_, layout_, id_, to_stderr_);
  }

 private:
  LogicalType type_;
  table::RowLayout layout_;
  std::string id_;
  bool to_stderr_;
};

class Print final : public table_runtime::TableConnector {
 public:
  std::string_view identifier() const override { return "print"; }

  table::SourceTraits source_traits(const table::TableDescription&) const override {
    throw Error{ErrorKind::user, "connector 'print' is written to; nothing can be read of it"};
  }
  table::SinkTraits sink_traits(const table::TableDescription& table,
                                table::ChangelogMode wanted) const override {
    options_of(table);
    return {wanted};
  }
  SingleOutputStreamOperator<Row> add_source(StreamExecutionEnvironment&,
                                             const table::TableDescription& table,
                                             const table_runtime::Wanted&) const override {
    source_traits(table);
    return SingleOutputStreamOperator<Row>{};
  }
  DataStreamSink add_sink(const DataStream<Row>& rows, const table::TableDescription& table,
                          bool overwrite) const override {
    refuse_overwrite(identifier(), overwrite);
    const TableOptions options = options_of(table);
    auto sink = rows.sink_to(RowPrintSink{table.columns, options.text("print-identifier"),
                                          options.flag("standard-error")});
    if (options.has("sink.parallelism")) {
      sink.set_parallelism(static_cast<int>(options.number("sink.parallelism")));
    }
    return sink;
  }

 private:
  static TableOptions options_of(const table::TableDescription& table) {
    return TableOptions{table,
                        {{"print-identifier", Kind::string, "", false, {}},
                         {"standard-error", Kind::boolean, "false", false, {}},
                         {"sink.parallelism", Kind::int32, "", false, {}}}};
  }
};

}  // namespace

std::unique_ptr<table_runtime::TableConnector> make_print() { return std::make_unique<Print>(); }

}  // namespace flink::table_connectors
