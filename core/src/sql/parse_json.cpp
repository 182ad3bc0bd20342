// SPDX-License-Identifier: Apache-2.0
// JSON functions and their clauses.
#include "sql/parser_core.h"

namespace flink::sql {

int ParserCore::depth_of(const Json& json) const {
  int depth = std::max({depth_of(json.input), depth_of(json.path), depth_of(json.on_empty.value),
                        depth_of(json.on_error.value), depth_of(json.order_by),
                        depth_of(json.within_group)});
  for (const auto& item : json.passing) depth = std::max(depth, depth_of(item.value));
  for (const auto& pair : json.pairs) {
    depth = std::max({depth, depth_of(pair.key), depth_of(pair.value)});
  }
  return depth;
}

// At the parenthesis.
Node ParserCore::json_call(JsonFunction function, Range begin) {
  Json node;
  node.function = function;
  expect(TokenKind::left_parenthesis);
  switch (function) {
    case JsonFunction::exists:
    case JsonFunction::value:
    case JsonFunction::query:
      json_common(node);
      break;
    case JsonFunction::object:
    case JsonFunction::objectagg:
      json_object(node);
      break;
    case JsonFunction::array:
    case JsonFunction::arrayagg:
      json_array(node);
      break;
  }
  expect(TokenKind::right_parenthesis);
  if (function == JsonFunction::arrayagg && accept("WITHIN", "GROUP")) {
    expect(TokenKind::left_parenthesis);
    node.within_group = order_by();
    expect(TokenKind::right_parenthesis);
  }
  const int depth = depth_of(node);
  return finish(std::move(node), from(begin), depth);
}

// input, path [PASSING a AS b] [RETURNING type] [wrapper] [behaviours]
void ParserCore::json_common(Json& json) {
  json.input = expression();
  json.input_format_json = accept("FORMAT", "JSON");
  expect(TokenKind::comma);
  json.path = expression();
  if (accept("PASSING")) {
    std::vector<Argument> passing;
    do {
      Argument item;
      item.value = expression();
      expect("AS");
      item.name = name();
      passing.push_back(item);
    } while (accept(TokenKind::comma));
    json.passing = list(passing);
  }
  if (json.function != JsonFunction::exists && accept("RETURNING")) json.returning = data_type();
  if (json.function == JsonFunction::query) json_wrapper(json);
  json_behaviors(json);
}

void ParserCore::json_wrapper(Json& json) {
  using Wrapper = Json::Wrapper;
  if (accept("WITHOUT")) {
    json.wrapper = Wrapper::without;
  } else if (accept("WITH")) {
    json.wrapper = accept("CONDITIONAL") ? Wrapper::conditional : Wrapper::unconditional;
    if (json.wrapper == Wrapper::unconditional) accept("UNCONDITIONAL");
  } else {
    return;
  }
  accept("ARRAY");
  expect("WRAPPER");
}

void ParserCore::json_behaviors(Json& json) {
  while (true) {
    const auto behavior = json_behavior(json.function);
    if (behavior.kind == JsonBehavior::Kind::unsaid) return;
    expect("ON");
    if (json.function != JsonFunction::exists && accept("EMPTY")) {
      json.on_empty = behavior;
    } else {
      expect("ERROR");
      json.on_error = behavior;
    }
  }
}

JsonBehavior ParserCore::json_behavior(JsonFunction function) {
  using Kind = JsonBehavior::Kind;
  if (accept("ERROR")) return {Kind::error};
  if (function == JsonFunction::exists) {
    if (accept("TRUE")) return {Kind::true_};
    if (accept("FALSE")) return {Kind::false_};
    if (accept("UNKNOWN")) return {Kind::unknown};
    return {};
  }
  if (accept("NULL")) return {Kind::null};
  if (function == JsonFunction::value && accept("DEFAULT")) {
    return {Kind::default_, expression()};
  }
  if (function == JsonFunction::query && accept("EMPTY")) {
    if (accept("ARRAY")) return {Kind::empty_array};
    expect("OBJECT");
    return {Kind::empty_object};
  }
  return {};
}

// [KEY] k VALUE v, ... [NULL | ABSENT ON NULL]
void ParserCore::json_object(Json& json) {
  const bool aggregate = json.function == JsonFunction::objectagg;
  const bool nulls = (sees("NULL") || sees("ABSENT")) && sees("ON", 1);
  std::vector<JsonPair> pairs;
  if (aggregate) {
    pairs.push_back(json_pair(false));
  } else if (!sees(TokenKind::right_parenthesis) && !nulls) {
    do pairs.push_back(json_pair(pairs.empty()));
    while (accept(TokenKind::comma));
  }
  json.pairs = list(pairs);
  json_nulls(json);
}

JsonPair ParserCore::json_pair(bool first) {
  JsonPair out;
  const auto begin = at_;
  // KEY may be a column's name, too.
  const auto next = token(1).kind;
  const bool key =
      sees("KEY") && !sees("VALUE", 1) &&
      (next <= TokenKind::left_parenthesis || next == TokenKind::plus || next == TokenKind::minus);
  if (key) advance();
  out.key = expression();
  if (!accept("VALUE") && (key || !accept(TokenKind::colon))) {
    // Flink looks at two tokens before it takes the first pair.
    if (first && !key && at_ == begin + 1) {
      fail_with(SyntaxErrorKind::unexpected, tokens_[begin].range,
                detail::concat("unexpected ", spelled(tokens_[begin]), ", no VALUE follows it"),
                "a member is written 'name' VALUE value");
    }
    fail();
  }
  out.value = expression();
  out.format_json = accept("FORMAT", "JSON");
  return out;
}

void ParserCore::json_array(Json& json) {
  const bool nulls = (sees("NULL") || sees("ABSENT")) && sees("ON", 1);
  std::vector<JsonPair> elements;
  if (json.function == JsonFunction::arrayagg || (!sees(TokenKind::right_parenthesis) && !nulls)) {
    do {
      JsonPair element;
      element.value = expression();
      element.format_json = accept("FORMAT", "JSON");
      elements.push_back(element);
    } while (json.function == JsonFunction::array && accept(TokenKind::comma));
  }
  json.pairs = list(elements);
  if (json.function == JsonFunction::arrayagg && at("ORDER")) json.order_by = order_by();
  json_nulls(json);
}

void ParserCore::json_nulls(Json& json) {
  const bool null = at("NULL");
  if (!null && !at("ABSENT")) return;
  advance();
  expect("ON");
  expect("NULL");
  json.nulls = null ? Json::Nulls::null : Json::Nulls::absent;
}

}  // namespace flink::sql
