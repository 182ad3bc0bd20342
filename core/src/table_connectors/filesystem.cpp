// SPDX-License-Identifier: Apache-2.0
// Files of a directory, or a file, in one of the formats (Flink, "FileSystem SQL Connector").
#include <flink/base/check.h>
#include <flink/error.h>

#include <algorithm>

#include "table_connectors/factories.h"
#include "table_connectors/row_file_sink.h"
#include "table_connectors/row_file_source.h"

namespace flink::table_connectors {
namespace {

using config::Kind;
using table::TableDescription;

std::vector<OptionSpec> specs_of(const TableDescription& table) {
  std::vector<OptionSpec> specs{
      {"path", Kind::string, "", true, {}},
      {"format", Kind::string, "", true, {}},
      {"partition.default-name", Kind::string, "__DEFAULT_PARTITION__", false, {}},
      {"source.monitor-interval", Kind::duration, "", false, {}},
      {"source.path.regex-pattern", Kind::string, "", false, {}},
      {"source.report-statistics", Kind::choice, "all", false, {"none", "all"}},
      {"scan.parallelism", Kind::int32, "", false, {}},
      {"sink.parallelism", Kind::int32, "", false, {}},
      {"sink.rolling-policy.file-size", Kind::memory_size, "128mb", false, {}},
      {"sink.rolling-policy.rollover-interval", Kind::duration, "30 min", false, {}},
      {"sink.rolling-policy.inactivity-interval", Kind::duration, "30 min", false, {}},
      {"sink.rolling-policy.check-interval", Kind::duration, "1 min", false, {}},
      {"sink.shuffle-by-partition.enable", Kind::boolean, "false", false, {}},
      {"sink.partition-commit.trigger",
       Kind::choice,
       "process-time",
       false,
       {"process-time", "partition-time"}},
      {"sink.partition-commit.delay", Kind::duration, "0 s", false, {}},
      {"sink.partition-commit.watermark-time-zone", Kind::string, "UTC", false, {}},
      {"sink.partition-commit.policy.kind", Kind::string, "", false, {}},
      {"sink.partition-commit.success-file.name", Kind::string, "_SUCCESS", false, {}},
      {"partition.time-extractor.kind", Kind::string, "default", false, {}},
      {"partition.time-extractor.timestamp-pattern", Kind::string, "", false, {}},
      {"partition.time-extractor.timestamp-formatter",
       Kind::string,
       "yyyy-MM-dd HH:mm:ss",
       false,
       {}},
      {"auto-compaction", Kind::boolean, "false", false, {}},
      {"compaction.file-size", Kind::memory_size, "", false, {}},
  };
  if (const auto format = table.options.find("format"); format != table.options.end()) {
    for (auto& spec : format_options(format->second)) specs.push_back(std::move(spec));
  }
  return specs;
}

// What Flink has and this connector has not is refused, not left alone.
void refuse_unsupported(const TableOptions& options) {
  for (const char* key : {"source.monitor-interval", "source.path.regex-pattern",
                          "sink.partition-commit.policy.kind", "compaction.file-size"}) {
    if (!options.told(key)) continue;
    throw Error{ErrorKind::user,
                detail::concat("option '", key, "' of connector 'filesystem' is not supported")};
  }
  if (options.flag("auto-compaction")) {
    throw Error{ErrorKind::user,
                "option 'auto-compaction' of connector 'filesystem' is not supported"};
  }
}

struct Opened {
  TableOptions options;
  FileColumns columns;
  std::vector<std::size_t> places;  // of the table's columns in a record; npos: a partition
  std::shared_ptr<const RowFormat> format;
};

Opened open(const TableDescription& table) {
  Opened out{TableOptions{table, specs_of(table)}, {}, {}, nullptr};
  for (const auto& column : table.columns) {
    const auto& keys = table.partition_keys;
    const bool partition = std::find(keys.begin(), keys.end(), column.name) != keys.end();
    out.places.push_back(partition ? std::string::npos : out.columns.fields.size());
    if (!partition) out.columns.fields.push_back(column);
  }
  out.columns.wanted.assign(out.columns.fields.size(), false);
  out.format = make_format(out.options.text("format"), out.options, out.columns.fields);
  return out;
}

class Filesystem final : public table_runtime::TableConnector {
 public:
  std::string_view identifier() const override { return "filesystem"; }

  table::SourceTraits source_traits(const TableDescription& table) const override {
    const Opened opened = open(table);
    table::SourceTraits traits;
    traits.changelog = opened.format->reads();
    traits.metadata = {{"file.path", LogicalType::string().not_null()},
                       {"file.name", LogicalType::string().not_null()},
                       {"file.size", LogicalType{TypeRoot::bigint}.not_null()}};
    return traits;
  }
  table::SinkTraits sink_traits(const TableDescription& table, ChangelogMode) const override {
    const Opened opened = open(table);
    refuse_unsupported(opened.options);
    return {opened.format->writes()};
  }

  SingleOutputStreamOperator<Row> add_source(StreamExecutionEnvironment& env,
                                             const TableDescription& table,
                                             const table_runtime::Wanted& wanted) const override {
    Opened opened = open(table);
    refuse_unsupported(opened.options);
    RowFileOptions options;
    options.path = opened.options.text("path");
    options.format = opened.format;
    options.default_partition = opened.options.text("partition.default-name");
    for (const std::size_t column : wanted.columns) {
      const auto& field = table.columns[column];
      const std::size_t place = opened.places[column];
      if (place == std::string::npos) {
        options.rows.push_back({RowColumn::From::partition, 0, field.name, field.type});
      } else {
        options.rows.push_back({RowColumn::From::record, place, {}, field.type});
        opened.columns.wanted[place] = true;
      }
    }
    for (const auto& [key, type] : wanted.metadata) {
      const auto from = key == "file.path"   ? RowColumn::From::path
                        : key == "file.name" ? RowColumn::From::name
                                             : RowColumn::From::size;
      options.rows.push_back({from, 0, key, type});
    }
    options.columns = opened.columns;
    auto stream = env.from_source(RowFileSource{std::move(options)},
                                  WatermarkStrategy<Row>::no_watermarks(), table.name);
    if (opened.options.has("scan.parallelism")) {
      stream.set_parallelism(static_cast<int>(opened.options.number("scan.parallelism")));
    }
    return stream;
  }

  DataStreamSink add_sink(const DataStream<Row>& rows, const TableDescription& table,
                          bool overwrite) const override {
    Opened opened = open(table);
    RowSinkOptions options;
    options.path = opened.options.text("path");
    options.format = opened.format;
    options.columns = table.columns;
    options.overwrite = overwrite;
    options.default_partition = opened.options.text("partition.default-name");
    options.part_bytes_max = opened.options.size("sink.rolling-policy.file-size").bytes;
    for (const auto& key : table.partition_keys) {
      const auto found = std::find_if(table.columns.begin(), table.columns.end(),
                                      [&](const auto& column) { return column.name == key; });
      options.partition_columns.push_back(static_cast<std::size_t>(found - table.columns.begin()));
    }
    auto sink = add_file_sink(rows, std::move(options));
    if (opened.options.has("sink.parallelism")) {
      sink.set_parallelism(static_cast<int>(opened.options.number("sink.parallelism")));
    }
    return sink;
  }
};

}  // namespace

std::unique_ptr<table_runtime::TableConnector> make_filesystem() {
  return std::make_unique<Filesystem>();
}

}  // namespace flink::table_connectors
