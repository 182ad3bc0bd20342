// SPDX-License-Identifier: Apache-2.0
// Rows as the objects that Flink makes of them print themselves: +I[1, a, 2024-01-31T12:00, {k=v}].
#pragma once

#include <span>
#include <string>

#include "table/row.h"
#include "table/row_layout.h"

namespace flink::table_connectors {

void append_java_row(std::string& out, table::RowKind kind, const table::LogicalType& type,
                     std::span<const table::Datum> values);

}  // namespace flink::table_connectors
