// SPDX-License-Identifier: Apache-2.0
// The JSON functions with a syntax of their own.
#include "table/binder.h"
#include "table/fn/json_build.h"
#include "table/fn/json_query.h"
#include "table/type_merging.h"

namespace flink::table {

namespace {

using Behavior = sql::JsonBehavior;

std::string_view word_of(Behavior::Kind kind, std::string_view unsaid) {
  switch (kind) {
    case Behavior::Kind::unsaid:
      return unsaid;
    case Behavior::Kind::null:
      return "NULL";
    case Behavior::Kind::error:
      return "ERROR";
    case Behavior::Kind::default_:
      return "DEFAULT";
    case Behavior::Kind::empty_array:
      return "EMPTY ARRAY";
    case Behavior::Kind::empty_object:
      return "EMPTY OBJECT";
    case Behavior::Kind::true_:
      return "TRUE";
    case Behavior::Kind::false_:
      return "FALSE";
    case Behavior::Kind::unknown:
      return "UNKNOWN";
  }
  return unsaid;
}

std::string_view word_of(sql::Json::Wrapper wrapper) {
  switch (wrapper) {
    case sql::Json::Wrapper::conditional:
      return "CONDITIONAL";
    case sql::Json::Wrapper::unconditional:
      return "UNCONDITIONAL";
    default:
      return "WITHOUT";
  }
}

ExpressionPointer word(std::string_view text) {
  return literal_expression(LogicalType{TypeRoot::symbol}.not_null(), Datum{text});
}

ExpressionPointer as_text(ExpressionPointer value, sql::Range range, std::string_view what) {
  if (is_null_literal(*value)) return cast_to(value, LogicalType::string());
  if (value->type.is_character()) return value;
  reject(range, std::string{what} + " is text, not " + value->type.summary());
}

LogicalType value_type(const sql::Json& node) {
  if (!node.returning) return LogicalType::string();
  const LogicalType type = logical_type_of(*node.returning).with_nullable(true);
  if (type.is(TypeRoot::varchar) || type.is(TypeRoot::boolean) || type.is(TypeRoot::integer) ||
      type.is(TypeRoot::double_)) {
    return type;
  }
  reject(node.returning->range, "JSON_VALUE does not return " + type.summary(),
         "it returns STRING, BOOLEAN, INTEGER or DOUBLE, of which a CAST makes others");
}

LogicalType query_type(const sql::Json& node) {
  if (!node.returning) return LogicalType::string();
  const LogicalType type = logical_type_of(*node.returning).with_nullable(true);
  if (type.is(TypeRoot::varchar)) return type;
  if (!type.is(TypeRoot::array) || !type.child().is(TypeRoot::varchar)) {
    reject(node.returning->range, "JSON_QUERY does not return " + type.summary(),
           "it returns STRING or ARRAY<STRING>");
  }
  const auto object = Behavior::Kind::empty_object;
  if (node.on_empty.kind == object || node.on_error.kind == object) {
    reject(node.range, "an empty object is no " + type.summary(), "EMPTY ARRAY is one");
  }
  return type;
}

bool is_call_of_json(const sql::Expression& node) {
  const auto* call = sql::try_as<sql::Call>(&node);
  if (!call || call->name.size() != 1) return false;
  const std::string_view name = call->name[0].text;
  return name.size() == 4 && std::equal(name.begin(), name.end(), "JSON",
                                        [](char a, char b) { return a == b || a == (b | 0x20); });
}

}  // namespace

bool makes_json(const sql::Expression& node) {
  const auto* json = sql::try_as<sql::Json>(&node);
  return json && (json->function == sql::JsonFunction::object ||
                  json->function == sql::JsonFunction::array);
}

ExpressionPointer Binder::bind_json_query(const sql::Json& node) {
  if (node.input_format_json || !node.passing.empty()) {
    reject(node.range, "FORMAT JSON and PASSING are not supported", "leave them out");
  }
  const auto json = as_text(bind_node(*node.input), node.input->range, "JSON");
  const auto path = as_text(bind_node(*node.path), node.path->range, "a JSON path");
  const std::string_view on_empty = word_of(node.on_empty.kind, "NULL");
  if (node.function == sql::JsonFunction::exists) {
    return call_expression(implementation<&fn::json_exists>(), LogicalType{TypeRoot::boolean},
                           {json, path, word(word_of(node.on_error.kind, "FALSE"))});
  }
  const std::string_view on_error = word_of(node.on_error.kind, "NULL");
  if (node.function == sql::JsonFunction::query) {
    return call_expression(
        implementation<&fn::json_query>(), query_type(node),
        {json, path, word(word_of(node.wrapper)), word(on_empty), word(on_error)});
  }
  const LogicalType type = value_type(node);
  const auto standby = [&](const Behavior& behavior) {
    if (!behavior.value) return literal_expression(type, Datum{});
    auto value = bind_node(*behavior.value);
    if (is_null_literal(*value) || explicit_cast_exists(value->type, type)) {
      return cast_to(value, type);
    }
    reject(behavior.value->range, value->type.summary() + " is no " + type.summary());
  };
  return call_expression(
      implementation<&fn::json_value>(), type,
      {json, path, word(on_empty), word(on_error), standby(node.on_empty), standby(node.on_error)});
}

ExpressionPointer Binder::bind_json(const sql::Json& node) {
  using Function = sql::JsonFunction;
  const bool object = node.function == Function::object;
  if (node.function == Function::objectagg || node.function == Function::arrayagg) {
    reject(node.range, "an aggregate cannot stand here");
  }
  if (!object && node.function != Function::array) return bind_json_query(node);
  std::string raw;
  Arguments arguments;
  for (const sql::JsonPair& pair : node.pairs) {
    if (pair.format_json) reject(node.range, "FORMAT JSON is not supported", "JSON(value) is JSON");
    if (object) {
      const auto key = bind_node(*pair.key);
      if (!key->type.is_character()) reject(pair.key->range, "the name of a member is text");
      arguments.push_back(key);
    }
    const bool is_json = is_call_of_json(*pair.value);
    auto value = is_json ? bind_function("JSON", pair.value->range,
                                         bind_all(sql::as<sql::Call>(*pair.value).arguments))
                         : bind_node(*pair.value);
    if (!fn::has_json(value->type)) {
      reject(pair.value->range, value->type.summary() + " has no JSON form", "CAST it to STRING");
    }
    raw += is_json || makes_json(*pair.value) ? 'r' : '-';
    arguments.push_back(std::move(value));
  }
  const auto unsaid = object ? sql::Json::Nulls::null : sql::Json::Nulls::absent;
  const auto nulls = node.nulls == sql::Json::Nulls::unsaid ? unsaid : node.nulls;
  arguments.insert(arguments.begin(),
                   {word(nulls == sql::Json::Nulls::null ? "NULL" : "ABSENT"), word(raw)});
  return call_expression(
      object ? implementation<&fn::json_object>() : implementation<&fn::json_array>(),
      LogicalType::string().not_null(), std::move(arguments));
}

}  // namespace flink::table
