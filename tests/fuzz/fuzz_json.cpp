// SPDX-License-Identifier: Apache-2.0
// JSON: any text is read or refused. What is read is written and read again, and any bytes can be
// written as a string.
#include <cmath>

#include "fuzz/fuzz.h"
#include "json/json_value.h"
#include "json/json_writer.h"

namespace flink::fuzz {
namespace {

using json::JsonValue;
using json::JsonWriter;

void write(JsonWriter& out, const JsonValue& value) {
  switch (value.type()) {
    case JsonValue::Type::null:
      out.null();
      return;
    case JsonValue::Type::boolean:
      out.value(value.as_bool());
      return;
    case JsonValue::Type::integer:
      out.value(value.as_int());
      return;
    case JsonValue::Type::real:
      out.value(value.as_double());
      return;
    case JsonValue::Type::string:
      out.value(value.as_string());
      return;
    case JsonValue::Type::array:
      out.begin_array();
      for (const auto& item : value.items()) write(out, item);
      out.end_array();
      return;
    case JsonValue::Type::object:
      out.begin_object();
      for (const auto& [name, member] : value.members()) {
        write(out.key(name), member);
        // Of members with the same name one counts.
        require(value[name].type() == member.type(), "a member is found by its name");
      }
      out.end_object();
  }
}

std::string written(const JsonValue& value) {
  JsonWriter out;
  write(out, value);
  return out.take();
}

}  // namespace

std::vector<std::string> seeds() {
  return {
      R"({"a": [1, -2.5, true, null, "x\n\u00b5\ud83d\ude00"], "b": {"c": 9223372036854775807}})",
      R"([1e3, -0.0, 1.7976931348623157e308, 5e-324, 18446744073709551615, 0.1, 123456789.125])",
      R"({"a": 1, "a": "2", "": [], "\u0000": {}, "\\\"": false})",
      R"("text\b\f\r\t\/")",
      "[[[[[[[[{\"x\": [[[]]]}]]]]]]]]",
      "plain \xc3\xa4\xf0\x9f\x98\x80 \xff\xc0\x80 text",
  };
}

void run(std::string_view input) {
  if (const auto value = JsonValue::parse(input)) {
    const std::string text = written(*value);
    const auto again = JsonValue::parse(text);
    require(again.has_value(), "what is written is JSON");
    require(written(*again) == text, "a value survives a round trip");
  }
  std::string quoted;
  json::append_json_string(quoted, input);
  const auto text = JsonValue::parse(quoted);
  require(text.has_value() && json::is_utf8(text->as_string()), "any bytes become a string");
  require(!json::is_utf8(input) || text->as_string() == input, "a text survives a round trip");
}

}  // namespace flink::fuzz
