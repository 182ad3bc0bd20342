// SPDX-License-Identifier: Apache-2.0
// VARIANT.
#include "table/fn/variant.h"

#include "table/families/families.h"
#include "table/function.h"

namespace flink::table {

void add_variant(Registry& registry) {
  const auto category = Category::variant;
  const auto variant = result::is(TypeRoot::variant);
  const Want &text = want::character, &boolean = want::boolean;
  const auto of_arguments = Nullability::of_arguments, always = Nullability::always;
  registry.add({"PARSE_JSON",
                category,
                {text},
                variant,
                of_arguments,
                implementation<&fn::parse_variant>()});
  registry.add({"PARSE_JSON",
                category,
                {text, boolean},
                variant,
                of_arguments,
                implementation<&fn::parse_variant_with>()});
  registry.add({"TRY_PARSE_JSON",
                category,
                {text},
                variant,
                always,
                implementation<&fn::try_parse_variant>()});
  registry.add({"TRY_PARSE_JSON",
                category,
                {text, boolean},
                variant,
                always,
                implementation<&fn::try_parse_variant_with>()});
  // v[1] and v['a'].
  registry.add({"ITEM",
                category,
                {want::variant, want::as_int},
                variant,
                always,
                implementation<&fn::variant_element>()});
  registry.add({"ITEM",
                category,
                {want::variant, text},
                variant,
                always,
                implementation<&fn::variant_member>()});
}

}  // namespace flink::table
