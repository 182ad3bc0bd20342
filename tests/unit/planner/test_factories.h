// SPDX-License-Identifier: Apache-2.0
// Connectors that say what they are and do nothing. Of a table that reads:
// 'changelog' = 'I,UB,UA,D' are the kinds of rows that it gives, else the format says.
#pragma once

#include "table/table_factory.h"

namespace flink::planner {

const table::TableFactories& test_factories();
table::ChangelogMode changelog_of(std::string_view text);
std::string changelog_text(table::ChangelogMode mode);

}  // namespace flink::planner
