// SPDX-License-Identifier: Apache-2.0
// JSON functions.
#include "sql/print_core.h"

namespace flink::sql {
namespace {

std::string_view spelling(JsonFunction function) {
  switch (function) {
    case JsonFunction::exists:
      return "JSON_EXISTS";
    case JsonFunction::value:
      return "JSON_VALUE";
    case JsonFunction::query:
      return "JSON_QUERY";
    case JsonFunction::object:
      return "JSON_OBJECT";
    case JsonFunction::array:
      return "JSON_ARRAY";
    case JsonFunction::objectagg:
      return "JSON_OBJECTAGG";
    case JsonFunction::arrayagg:
      return "JSON_ARRAYAGG";
  }
  return "";
}

}  // namespace

void Printer::json(const Json& node) {
  add(spelling(node.function), "(");
  if (node.input != nullptr) {
    expression(node.input);
    add(node.input_format_json ? " FORMAT JSON, " : ", ");
    expression(node.path);
  }
  if (!node.passing.empty()) {
    add(" PASSING ");
    separated(node.passing, ", ", [this](const Argument& item) {
      expression(item.value);
      add(" AS ");
      name(item.name);
    });
  }
  if (node.returning != nullptr) {
    add(" RETURNING ");
    type(*node.returning);
  }
  using Wrapper = Json::Wrapper;
  if (node.wrapper == Wrapper::without) add(" WITHOUT ARRAY WRAPPER");
  if (node.wrapper == Wrapper::conditional) add(" WITH CONDITIONAL ARRAY WRAPPER");
  if (node.wrapper == Wrapper::unconditional) add(" WITH UNCONDITIONAL ARRAY WRAPPER");
  json_behavior(node.on_empty, "EMPTY");
  json_behavior(node.on_error, "ERROR");
  separated(node.pairs, ", ", [this](const JsonPair& pair) {
    if (pair.key != nullptr) {
      add("KEY ");
      expression(pair.key);
      add(" VALUE ");
    }
    expression(pair.value);
    if (pair.format_json) add(" FORMAT JSON");
  });
  if (!node.order_by.empty()) {
    add(" ");
    order_by(node.order_by);
  }
  const std::string_view space = node.pairs.empty() ? "" : " ";
  if (node.nulls == Json::Nulls::null) add(space, "NULL ON NULL");
  if (node.nulls == Json::Nulls::absent) add(space, "ABSENT ON NULL");
  add(")");
  if (!node.within_group.empty()) {
    add(" WITHIN GROUP (");
    order_by(node.within_group);
    add(")");
  }
}

void Printer::json_behavior(const JsonBehavior& behavior, std::string_view on) {
  using Kind = JsonBehavior::Kind;
  switch (behavior.kind) {
    case Kind::unsaid:
      return;
    case Kind::null:
      add(" NULL");
      break;
    case Kind::error:
      add(" ERROR");
      break;
    case Kind::default_:
      add(" DEFAULT ");
      expression(behavior.value);
      break;
    case Kind::empty_array:
      add(" EMPTY ARRAY");
      break;
    case Kind::empty_object:
      add(" EMPTY OBJECT");
      break;
    case Kind::true_:
      add(" TRUE");
      break;
    case Kind::false_:
      add(" FALSE");
      break;
    case Kind::unknown:
      add(" UNKNOWN");
      break;
  }
  add(" ON ", on);
}

}  // namespace flink::sql
