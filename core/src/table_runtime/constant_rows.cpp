// SPDX-License-Identifier: Apache-2.0
#include "table_runtime/constant_rows.h"

#include "table_runtime/row_maker.h"

namespace flink::table_runtime {

RowOperator add_constant_rows(StreamExecutionEnvironment& env, std::string name,
                              std::vector<std::string> packed) {
  return env.from_collection(std::move(packed))
      .name("Source: " + name)
      .flat_map([](const std::string& row, Collector<Row>& out) {
        collect_copy(RowKind::insert, row, out);
      })
      .name(std::move(name));
}

}  // namespace flink::table_runtime
