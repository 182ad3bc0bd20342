// SPDX-License-Identifier: Apache-2.0
// The functions that look into JSON text, and into the text of JSON strings.
#pragma once

#include <optional>

#include "table/context.h"

namespace flink::table::fn {

// The words of a behavior: NULL, ERROR, DEFAULT, EMPTY ARRAY, EMPTY OBJECT, TRUE, FALSE, UNKNOWN.
std::optional<bool> json_exists(Context& context, const Call& call, std::string_view json,
                                std::string_view path, std::string_view on_error);
// The defaults have the result's type.
Datum json_value(Context& context, const Call& call, Any json, Any path, Any on_empty, Any on_error,
                 Datum if_empty, Datum if_error);
// Wrapper: WITHOUT, CONDITIONAL, UNCONDITIONAL. As text or as an array of text.
Datum json_query(Context& context, const Call& call, Any json, Any path, Any wrapper, Any on_empty,
                 Any on_error);

bool is_json(Context& context, std::optional<std::string_view> text);
bool is_json_object(Context& context, std::optional<std::string_view> text);
bool is_json_array(Context& context, std::optional<std::string_view> text);
bool is_json_scalar(Context& context, std::optional<std::string_view> text);

std::string_view json_quote(Context& context, std::string_view text);
std::string_view json_unquote(Context& context, std::string_view text);
// Checked, without blanks and in order.
std::optional<std::string_view> json_text(Context& context, std::string_view text);

}  // namespace flink::table::fn
