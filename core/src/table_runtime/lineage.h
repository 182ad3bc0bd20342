// SPDX-License-Identifier: Apache-2.0
// What an operator does, as it is called in savepoints (after the name of the table that it is
// for): its kind, the names of its keys, the tables below. Not in it: projections, filters, the
// order of columns, what else is computed.
#pragma once

#include <string>

#include "planner/relation.h"

namespace flink::table_runtime {

std::string lineage(const planner::Relation& node);

}  // namespace flink::table_runtime
