// SPDX-License-Identifier: Apache-2.0
// JSON as types/value_json.h writes it, back to the bytes of Serializer, by the schema: how a
// person names a key. More lenient than what is written: numbers may be strings of digits, fields
// may come in any order. Throws Error{user} that says what was expected where.
#pragma once

#include <string>
#include <string_view>

#include "json/json_value.h"

namespace flink::client {

std::string value_bytes(std::string_view schema, const json::JsonValue& json);

// What stands on a command line: JSON, or, where a string is wanted, just that.
std::string value_bytes_of_text(std::string_view schema, const std::string& text);

}  // namespace flink::client
