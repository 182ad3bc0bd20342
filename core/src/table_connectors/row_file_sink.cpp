// SPDX-License-Identifier: Apache-2.0
#include "table_connectors/row_file_sink.h"

#include <flink/connectors/file/file_sink.h>

#include <algorithm>

#include "table_connectors/row_file_source.h"

namespace flink::table_connectors {
namespace {

std::vector<LogicalType> types_of(const std::vector<table::Field>& columns) {
  std::vector<LogicalType> out;
  for (const auto& column : columns) out.push_back(column.type);
  return out;
}

// What FileSink wants of a format (flink/formats/framing.h): rows to records.
class RowsAsRecords {
 public:
  using record_type = Row;

  explicit RowsAsRecords(std::shared_ptr<const RowSinkOptions> options)
      : options_(std::move(options)) {}

  class Encoder {
   public:
    explicit Encoder(std::shared_ptr<const RowSinkOptions> options)
        : options_(std::move(options)),
          layout_(types_of(options_->columns)),
          all_(options_->columns.size()) {
      FileColumns columns;
      for (std::size_t i = 0; i < options_->columns.size(); ++i) {
        const auto& keys = options_->partition_columns;
        if (std::find(keys.begin(), keys.end(), i) != keys.end()) continue;
        columns.fields.push_back(options_->columns[i]);
        columns.wanted.push_back(true);
        places_.push_back(i);
      }
      values_.resize(places_.size());
      encoder_ = options_->format->encoder(columns);
    }
    void encode(ByteWriter& out, const Row& row) {
      layout_.unpack(row.bytes, all_, memory_);
      for (std::size_t i = 0; i < places_.size(); ++i) values_[i] = all_[places_[i]];
      text_.clear();
      encoder_->encode(row.kind, values_, text_);
      out.raw(text_);
      memory_.clear();
    }

   private:
    std::shared_ptr<const RowSinkOptions> options_;
    table::RowLayout layout_;
    std::vector<Datum> all_, values_;
    std::vector<std::size_t> places_;
    std::unique_ptr<RowEncoder> encoder_;
    table::Memory memory_;
    std::string text_;
  };

  std::string_view suffix() const { return options_->format->suffix(); }
  std::string file_header() const { return {}; }
  Encoder encoder() const { return Encoder{options_}; }

 private:
  std::shared_ptr<const RowSinkOptions> options_;
};

std::string bucket_of(const RowSinkOptions& options, const table::RowLayout& layout,
                      const Row& row) {
  table::Memory memory;
  std::string out;
  for (const std::size_t column : options.partition_columns) {
    if (!out.empty()) out += '/';
    const Datum value = layout.get(row.bytes, column, memory);
    std::string text = options.default_partition;
    if (!value.null) {
      text.clear();
      append_scalar(text, options.columns[column].type, value, {});
      if (text.empty()) text = options.default_partition;
    }
    append_partition(out, options.columns[column].name, text);
  }
  return out;
}

}  // namespace

DataStreamSink add_file_sink(const DataStream<Row>& rows, RowSinkOptions told) {
  const auto options = std::make_shared<const RowSinkOptions>(std::move(told));
  auto sink = FileSink<Row>::of(options->path, RowsAsRecords{options})
                  .append()
                  .with_rolling_policy({options->part_bytes_max});
  if (!options->partition_columns.empty()) {
    sink =
        sink.with_bucket_assigner([options, layout = table::RowLayout{types_of(options->columns)}](
                                      const Row& row) { return bucket_of(*options, layout, row); });
  }
  return rows.sink_to(std::move(sink));
}

}  // namespace flink::table_connectors
