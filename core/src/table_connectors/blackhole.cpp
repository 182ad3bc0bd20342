// SPDX-License-Identifier: Apache-2.0
// Takes rows and drops them (Flink, "BlackHole SQL Connector").
#include <flink/connectors/blackhole_sink.h>
#include <flink/error.h>

#include "table_connectors/factories.h"
#include "table_connectors/table_options.h"

namespace flink::table_connectors {
namespace {

class Blackhole final : public table_runtime::TableConnector {
 public:
  std::string_view identifier() const override { return "blackhole"; }

  table::SourceTraits source_traits(const table::TableDescription&) const override {
    throw Error{ErrorKind::user, "connector 'blackhole' is written to; nothing can be read of it"};
  }
  table::SinkTraits sink_traits(const table::TableDescription& table,
                                table::ChangelogMode wanted) const override {
    const TableOptions checked{table, {}};
    return {wanted};
  }
  SingleOutputStreamOperator<table::Row> add_source(StreamExecutionEnvironment&,
                                                    const table::TableDescription& table,
                                                    const table_runtime::Wanted&) const override {
    source_traits(table);
    return SingleOutputStreamOperator<table::Row>{};
  }
  DataStreamSink add_sink(const DataStream<table::Row>& rows, const table::TableDescription&,
                          bool overwrite) const override {
    refuse_overwrite(identifier(), overwrite);
    return rows.sink_to(BlackholeSink<table::Row>{});
  }
};

}  // namespace

std::unique_ptr<table_runtime::TableConnector> make_blackhole() {
  return std::make_unique<Blackhole>();
}

}  // namespace flink::table_connectors
