// SPDX-License-Identifier: Apache-2.0
// A type as SQL spells it: "DECIMAL(10, 2) NOT NULL".
#pragma once

#include <string_view>

#include "table/logical_type.h"

namespace flink::table_connectors {

// Throws Error{user} for what is none.
table::LogicalType type_of_text(std::string_view text);

}  // namespace flink::table_connectors
