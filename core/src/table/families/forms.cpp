// SPDX-License-Identifier: Apache-2.0
// What the binder knows by itself: operators, and functions that steer evaluation.
#include "table/families/families.h"
#include "table/function.h"

namespace flink::table {

void add_forms(Registry& registry) {
  const auto add = [&](Category category, std::string_view names, std::string_view shape) {
    registry.add_special(category, names, shape);
  };
  add(Category::comparison, "=|<>|<|<=|>|>=", "a op b");
  add(Category::comparison, "IS [NOT] NULL|IS [NOT] DISTINCT FROM", "");
  add(Category::comparison, "[NOT] BETWEEN [SYMMETRIC]", "a BETWEEN b AND c");
  add(Category::comparison, "[NOT] IN", "a IN (b, c, ...)");
  add(Category::logical, "AND|OR|NOT", "");
  add(Category::logical, "IS [NOT] TRUE|IS [NOT] FALSE|IS [NOT] UNKNOWN", "");
  add(Category::arithmetic, "+|-|*|/|%|MOD", "numbers, intervals, times with intervals");
  add(Category::temporal, "OVERLAPS|CONTAINS|EQUALS|PRECEDES|SUCCEEDS",
      "(start, end) op (start, end)");
  add(Category::temporal, "(a - b) unit", "");
  add(Category::conditional, "CASE", "");
  add(Category::conditional, "COALESCE|IFNULL|NULLIF|IF", "");
  add(Category::conditional, "GREATEST|LEAST", "(ANY, ...)");
  add(Category::conversion, "CAST|TRY_CAST", "(value AS type)");
  add(Category::conversion, "TYPEOF", "(ANY)");
  add(Category::construction, "ROW|ARRAY|MAP", "ROW(...), ARRAY[...], MAP[...]");
  add(Category::construction, "row.field|array[i]|map[key]", "");
}

}  // namespace flink::table
