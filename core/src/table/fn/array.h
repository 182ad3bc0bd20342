// SPDX-License-Identifier: Apache-2.0
// Functions of arrays and maps. Elements are found equal as values are in DISTINCT: NULL to NULL,
// NaN to NaN.
#pragma once

#include <optional>

#include "table/context.h"

namespace flink::table::fn {

std::int32_t cardinality_of_array(Any array) noexcept;
std::int32_t cardinality_of_map(Any map) noexcept;
Datum single_element(Context& context, Any array);
Datum array_append(Context& context, Any array, const Datum& value);
Datum array_prepend(Context& context, Any array, const Datum& value);
bool array_contains(const Call& call, Any array, const Datum& value);
std::int32_t array_position(const Call& call, Any array, Any value);
Datum array_remove(Context& context, const Call& call, Any array, const Datum& value);
Datum array_reverse(Context& context, Any array);
Datum array_distinct(Context& context, const Call& call, Any array);
// From and to, both included; negative ones count from the end.
Datum array_slice(Context& context, Any array, std::int32_t from, std::int32_t to);
Datum array_slice_to_end(Context& context, Any array, std::int32_t from);
Datum array_sort(Context& context, const Call& call, Any array);
Datum array_sort_by(Context& context, const Call& call, Any array, bool ascending);
Datum array_sort_with(Context& context, const Call& call, Any array, bool ascending,
                      bool nulls_first);
Datum array_union(Context& context, const Call& call, Any a, Any b);
Datum array_except(Context& context, const Call& call, Any a, Any b);
Datum array_intersect(Context& context, const Call& call, Any a, Any b);
Datum array_concat(Context& context, std::span<const Datum> arrays);
Datum array_max(const Call& call, Any array);
Datum array_min(const Call& call, Any array);
Datum array_join(Context& context, Any array, std::string_view between);
Datum array_join_with(Context& context, Any array, std::string_view between, std::string_view null);
Datum map_keys(Context& context, Any map);
Datum map_values(Context& context, Any map);
Datum map_entries(Context& context, Any map);
Datum map_from_arrays(Context& context, Any keys, Any values);
Datum map_union(Context& context, const Call& call, std::span<const Datum> maps);

}  // namespace flink::table::fn
