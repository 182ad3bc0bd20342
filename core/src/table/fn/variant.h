// SPDX-License-Identifier: Apache-2.0
// The functions of VARIANT, whose values are JSON text in one form: no blanks, members in order,
// decimals without zeros at the end, other numbers as DOUBLE prints them.
#pragma once

#include <optional>

#include "table/context.h"

namespace flink::table::fn {

using MaybeVariant = std::optional<std::string_view>;

MaybeVariant parse_variant(Context& context, std::string_view json);
// `repeated`: of members with the same name the last counts.
MaybeVariant parse_variant_with(Context& context, std::string_view json, bool repeated);
MaybeVariant try_parse_variant(Context& context, std::string_view json);
MaybeVariant try_parse_variant_with(Context& context, std::string_view json, bool repeated);
// From 1.
MaybeVariant variant_element(Context& context, std::string_view variant, std::int32_t index);
MaybeVariant variant_member(Context& context, std::string_view variant, std::string_view name);

}  // namespace flink::table::fn
