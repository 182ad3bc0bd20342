// SPDX-License-Identifier: Apache-2.0
// The functions that a JSON path may end with.
#pragma once

#include <optional>
#include <vector>

#include "table/fn/json.h"

namespace flink::table::fn {

// length() size() keys() of an array or object, sum() avg() min() max() stddev() of an array's
// numbers, first() last() index(n). None: there is no such function, or not of that value.
std::optional<JsonNode> apply_json_function(Memory& memory, std::string_view name,
                                            const std::vector<std::int64_t>& arguments,
                                            const JsonNode& value);

}  // namespace flink::table::fn
