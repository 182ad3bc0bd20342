// SPDX-License-Identifier: Apache-2.0
// JSON_OBJECTAGG and JSON_ARRAYAGG: by Flink's own names for them, over values that are JSON text.
#include "table/aggregate.h"
#include "table/fn/json_build.h"

namespace flink::table {

BoundAggregate bind_json_aggregate(const sql::Json& node, std::vector<ExpressionPointer> arguments,
                                   const AggregateUse& use, const Session& session) {
  const bool object = node.function == sql::JsonFunction::objectagg;
  const sql::JsonPair& pair = node.pairs[0];
  if (pair.format_json || !node.order_by.empty() || !node.within_group.empty()) {
    reject(node.range, "FORMAT JSON and ORDER BY are not supported here", "leave them out");
  }
  ExpressionPointer& value = arguments.back();
  if (!fn::has_json(value->type)) {
    reject(pair.value->range, value->type.summary() + " has no JSON form", "CAST it to STRING");
  }
  if (!makes_json(*pair.value)) {
    value = strict_call(implementation<&fn::json_string>(), LogicalType::string(), {value});
  }
  const auto unsaid = object ? sql::Json::Nulls::null : sql::Json::Nulls::absent;
  const auto nulls = node.nulls == sql::Json::Nulls::unsaid ? unsaid : node.nulls;
  const std::string name = std::string{object ? "JSON_OBJECTAGG" : "JSON_ARRAYAGG"} +
                           (nulls == sql::Json::Nulls::null ? "_NULL" : "_ABSENT") + "_ON_NULL";
  return bind_aggregate(name, node.range, std::move(arguments), use, session);
}

}  // namespace flink::table
