// SPDX-License-Identifier: Apache-2.0
// The direct children of an expression as it was written, sub-queries left out.
#pragma once

#include <functional>

#include "sql/query.h"

namespace flink::planner {

using Visit = std::function<void(const sql::Expression&)>;
void for_each_child(const sql::Expression& node, const Visit& visit);

}  // namespace flink::planner
