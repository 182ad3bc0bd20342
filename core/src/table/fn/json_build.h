// SPDX-License-Identifier: Apache-2.0
// The functions that make JSON text of values.
#pragma once

#include <optional>
#include <span>

#include "table/context.h"
#include "table/fn/json.h"

namespace flink::table::fn {

// Whether values of the type have a JSON form: no dates, no times of day, maps only by text.
bool has_json(const LogicalType& type);

std::string_view json_string(Context& context, const Call& call, Any value);

// `raw` has a letter a value: r, the value is JSON text itself. `on_null`: NULL or ABSENT.
// Of an object `items` are name and value in turns.
std::optional<std::string_view> json_object(Context& context, const Call& call,
                                            std::string_view on_null, std::string_view raw,
                                            std::span<const Datum> items);
std::string_view json_array(Context& context, const Call& call, std::string_view on_null,
                            std::string_view raw, std::span<const Datum> items);

}  // namespace flink::table::fn
