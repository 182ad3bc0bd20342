// SPDX-License-Identifier: Apache-2.0
// JSON as text. What has a syntax of its own is bound in bind_json.cpp.
#include "table/families/families.h"
#include "table/fn/json_build.h"
#include "table/fn/json_query.h"
#include "table/function.h"

namespace flink::table {

namespace {

// An interval is the number that it is.
bool has_json_text(const LogicalType& type) {
  return fn::has_json(type) || type.is_interval() || type.is(TypeRoot::variant);
}
const Want convertible{"what has a JSON form", &has_json_text};

}  // namespace

void add_json(Registry& registry) {
  const Want& text = want::character;
  const auto category = Category::json;
  const auto of_arguments = Nullability::of_arguments, never = Nullability::never;
  const auto boolean = result::is(TypeRoot::boolean);
  registry.add({"JSON_STRING",
                category,
                {convertible},
                result::string(),
                of_arguments,
                implementation<&fn::json_string>()});
  registry.add({"JSON_QUOTE",
                category,
                {text},
                result::string(),
                of_arguments,
                implementation<&fn::json_quote>()});
  registry.add({"JSON_UNQUOTE",
                category,
                {text},
                result::string(),
                of_arguments,
                implementation<&fn::json_unquote>()});
  registry.add({"JSON",
                category,
                {text},
                result::string(),
                Nullability::always,
                implementation<&fn::json_text>()});
  registry.add({"IS JSON VALUE", category, {text}, boolean, never, implementation<&fn::is_json>()});
  registry.add(
      {"IS JSON OBJECT", category, {text}, boolean, never, implementation<&fn::is_json_object>()});
  registry.add(
      {"IS JSON ARRAY", category, {text}, boolean, never, implementation<&fn::is_json_array>()});
  registry.add(
      {"IS JSON SCALAR", category, {text}, boolean, never, implementation<&fn::is_json_scalar>()});
  registry.add_special(category, "JSON_EXISTS",
                       "(json, path [TRUE | FALSE | UNKNOWN | ERROR ON ERROR])");
  registry.add_special(
      category, "JSON_VALUE",
      "(json, path [RETURNING STRING | BOOLEAN | INTEGER | DOUBLE] [NULL | ERROR | "
      "DEFAULT value ON EMPTY] [... ON ERROR])");
  registry.add_special(
      category, "JSON_QUERY",
      "(json, path [RETURNING STRING | ARRAY<STRING>] [WITHOUT | WITH [CONDITIONAL "
      "| UNCONDITIONAL] ARRAY WRAPPER] [NULL | ERROR | EMPTY ARRAY | EMPTY OBJECT "
      "ON EMPTY] [... ON ERROR])");
  registry.add_special(category, "JSON_OBJECT",
                       "([KEY name VALUE value, ...] [NULL | ABSENT ON NULL])");
  registry.add_special(category, "JSON_ARRAY", "([value, ...] [NULL | ABSENT ON NULL])");
}

}  // namespace flink::table
