// SPDX-License-Identifier: Apache-2.0
#include "table_connectors/row_file_sink.h"

#include <flink/connectors/file/file_sink.h>

#include <algorithm>

#include "base/file_system.h"
#include "connectors/file/job_path.h"
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

// INSERT OVERWRITE: of a table with partitions those that the job writes to, the others stay.
class OverwritingCommitter final : public Committer<FilePart> {
 public:
  OverwritingCommitter(std::unique_ptr<Committer<FilePart>> inner, SinkJobContext& context,
                       const std::string& path)
      : inner_(std::move(inner)),
        files_(context.file_system()),
        root_(flink::detail::job_path(path, context.connector(), "the option 'path' of a table")) {}

  void prepare_job() override {
    inner_->prepare_job();
    find_files(root_);
  }
  void commit(std::vector<CommitRequest<FilePart>>& requests) override {
    inner_->commit(requests);
    for (const auto& request : requests) {
      if (request.state() == CommitRequest<FilePart>::State::retry ||
          request.state() == CommitRequest<FilePart>::State::failed) {
        continue;
      }
      const base::Path directory = base::Path{request.committable().path}.parent();
      std::erase_if(earlier_, [&](const base::Path& file) {
        return file.parent() == directory && (files_.remove(file), true);
      });
    }
  }
  void clean_up_attempts(const std::vector<SubtaskAttempt>& dead,
                         const std::vector<FilePart>& keep) override {
    inner_->clean_up_attempts(dead, keep);
  }
  void clean_up_earlier_runs(const std::vector<FilePart>& keep) override {
    inner_->clean_up_earlier_runs(keep);
  }
  void complete_job() override { inner_->complete_job(); }
  void abort_job(const std::vector<FilePart>& keep) override { inner_->abort_job(keep); }

 private:
  void find_files(const base::Path& directory) {
    for (const auto& file : files_.list(directory)) {
      const base::Path path{file.path};
      if (path.name().starts_with('.') || path.name().starts_with('_')) continue;
      if (file.is_directory) find_files(path);
      else earlier_.push_back(path);
    }
  }

  std::unique_ptr<Committer<FilePart>> inner_;
  base::FileSystem& files_;
  base::Path root_;
  std::vector<base::Path> earlier_;  // what was there before
};

class OverwritingSink final : public Sink<Row>, public SupportsCommitter<FilePart> {
 public:
  OverwritingSink(FileSink<Row> inner, std::string path)
      : inner_(std::move(inner)), path_(std::move(path)) {}
  std::unique_ptr<SinkWriter<Row>> create_writer(WriterInitContext& context) const override {
    return inner_.create_writer(context);
  }
  std::unique_ptr<Committer<FilePart>> create_committer(SinkJobContext& context) const override {
    return std::make_unique<OverwritingCommitter>(inner_.create_committer(context), context, path_);
  }

 private:
  FileSink<Row> inner_;
  std::string path_;
};

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
  if (options->overwrite) return rows.sink_to(OverwritingSink{std::move(sink), options->path});
  return rows.sink_to(std::move(sink));
}

}  // namespace flink::table_connectors
