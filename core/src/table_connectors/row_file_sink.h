// SPDX-License-Identifier: Apache-2.0
// A sink of rows: part files of a directory, as a format encodes them, a directory for each value
// of the columns that the table is partitioned by.
#pragma once

#include <flink/data_stream.h>

#include "table/row.h"
#include "table/row_layout.h"
#include "table_connectors/row_format.h"

namespace flink::table_connectors {

struct RowSinkOptions {
  std::string path;
  std::shared_ptr<const RowFormat> format;
  std::vector<table::Field> columns;           // of the rows
  std::vector<std::size_t> partition_columns;  // which of them, in the order of the directories
  std::string default_partition;               // the name that stands for NULL
  std::uint64_t part_bytes_max = 128ULL << 20;
  // What is in a directory goes once this job has results in it.
  bool overwrite = false;
};

DataStreamSink add_file_sink(const DataStream<table::Row>& rows, RowSinkOptions options);

}  // namespace flink::table_connectors
