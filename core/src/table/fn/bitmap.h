// SPDX-License-Identifier: Apache-2.0
// The functions of BITMAP, whose values are the bytes of a Roaring.
#pragma once

#include <optional>

#include "table/context.h"

namespace flink::table::fn {

std::string_view bitmap_build(Context& context, Any numbers);
std::optional<std::string_view> bitmap_from_bytes(Context& context, std::string_view bytes);
std::string_view bitmap_to_bytes(std::string_view bitmap);
std::int64_t bitmap_cardinality(std::string_view bitmap);
// Ascending, as if they had no sign.
Datum bitmap_to_array(Context& context, Any bitmap);
std::string_view bitmap_to_string(Context& context, std::string_view bitmap);

std::string_view bitmap_and(Context& context, std::string_view a, std::string_view b);
std::string_view bitmap_or(Context& context, std::string_view a, std::string_view b);
std::string_view bitmap_xor(Context& context, std::string_view a, std::string_view b);
std::string_view bitmap_andnot(Context& context, std::string_view a, std::string_view b);

// {1,2,5}
void append_bitmap(std::string& out, std::string_view bitmap);

}  // namespace flink::table::fn
