// SPDX-License-Identifier: Apache-2.0
// A small JSON reader for what `describe --json` prints.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace flink::codegen {

struct Json {
  enum class Kind : unsigned char { null, boolean, number, string, array, object };
  Kind kind = Kind::null;
  std::string text;  // of a string, number or boolean
  std::vector<Json> items;
  std::map<std::string, Json> fields;

  // A field, or a null value: reading what is not there is not an error.
  const Json& operator[](const std::string& name) const;
  bool is_null() const { return kind == Kind::null; }
  // The text of a scalar, "" for others.
  const std::string& str() const { return text; }
};

// Nothing when the text is not one JSON value.
std::optional<Json> parse_json(std::string_view text);

}  // namespace flink::codegen
