// SPDX-License-Identifier: Apache-2.0
// A source of rows: the records of a file or directory, as a format decodes them, with what the
// file's path says.
#pragma once

#include <flink/connectors/file/file_lines.h>

#include <memory>
#include <string>
#include <vector>

#include "table/row.h"
#include "table/row_layout.h"
#include "table_connectors/row_format.h"

namespace flink::table_connectors {

using table::Row;

// Where a column of the rows comes from.
struct RowColumn {
  enum class From : unsigned char { record, partition, path, name, size } from = From::record;
  std::size_t index = 0;  // of the record's column
  std::string key;        // of the partition
  LogicalType type;
};

struct RowFileOptions {
  std::string path;
  std::shared_ptr<const RowFormat> format;
  FileColumns columns;
  std::vector<RowColumn> rows;
  std::string default_partition;  // the name that stands for NULL
  bool bounded = true;            // as it is told to the planner
};

class RowFileSource final : public Source<Row, FileSplit> {
 public:
  explicit RowFileSource(RowFileOptions options);

  Boundedness boundedness() const override { return Boundedness::bounded; }
  std::unique_ptr<SplitEnumerator<FileSplit>> create_enumerator(
      SplitEnumeratorContext<FileSplit>& context) const override;
  std::unique_ptr<SourceReader<Row, FileSplit>> create_reader(
      SourceReaderContext& context) const override;

 private:
  flink::detail::FileSourceOptions files_;
  std::shared_ptr<const RowFileOptions> options_;
};

// The value of a directory `key=value` on the path, with %XX undone; null: there is none.
std::unique_ptr<std::string> partition_value(std::string_view path, std::string_view key);
// "yr=2024/mo=01", with %XX for what a name of a directory cannot have.
void append_partition(std::string& out, std::string_view key, std::string_view value);

}  // namespace flink::table_connectors
