// SPDX-License-Identifier: Apache-2.0
// Building and taking apart rows, arrays and maps.
#pragma once

#include "table/context.h"

namespace flink::table::fn {

Datum make_items(Context& context, std::span<const Datum> items);
// Keys are there once, where they stood first, with what came last.
Datum make_map(Context& context, const Call& call, std::span<const Datum> items);
// Field number `index` (from 0) of a row.
Datum field_at(Any row, std::int32_t index);
// From 1; NULL when there is none.
Datum element_at(Any array, std::int64_t index);
Datum value_at(const Call& call, Any map, const Any& key);

}  // namespace flink::table::fn
