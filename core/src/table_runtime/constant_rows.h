// SPDX-License-Identifier: Apache-2.0
// VALUES: rows that are written in the query.
#pragma once

#include <flink/environment.h>

#include "table_runtime/row_stream.h"

namespace flink::table_runtime {

RowOperator add_constant_rows(StreamExecutionEnvironment& env, std::string name,
                              std::vector<std::string> packed);

}  // namespace flink::table_runtime
