// SPDX-License-Identifier: Apache-2.0
// The half of a table's connector that reads and writes: it puts a source or a sink of rows into
// the graph. Which options, kinds of rows and metadata there are: table/table_factory.h.
#pragma once

#include <flink/environment.h>

#include <vector>

#include "table/row.h"
#include "table/table_factory.h"

namespace flink::table_runtime {

using table::Row;
using table::TableDescription;

// What is read of a table: the columns by their index in the table, in the order wanted, then
// metadata by key with the type that the table declares.
struct Wanted {
  std::vector<std::size_t> columns;
  std::vector<table::Field> metadata;
};

class TableConnector : public table::TableFactory {
 public:
  // Rows with the wanted columns. Every process of a job calls it and must get the same graph.
  virtual SingleOutputStreamOperator<Row> add_source(StreamExecutionEnvironment& env,
                                                     const TableDescription& table,
                                                     const Wanted& wanted) const = 0;
  // Rows with the table's physical columns, in order. `overwrite`: they replace what is there.
  virtual DataStreamSink add_sink(const DataStream<Row>& rows, const TableDescription& table,
                                  bool overwrite) const = 0;
};

class TableConnectors : public table::TableFactories {
 public:
  const TableConnector& find(const TableDescription& table) const override = 0;
};

}  // namespace flink::table_runtime
