// SPDX-License-Identifier: Apache-2.0
#include "table/fn/json_build.h"

#include <algorithm>
#include <cmath>

#include "base/number_text.h"
#include "table/fn/decimal.h"
#include "table/fn/text_code.h"
#include "table/value_text.h"

namespace flink::table::fn {

namespace {

JsonNode number_node(Context& context, const std::string& digits) {
  return JsonNode::number(context.memory().copy(digits));
}

JsonNode real_node(Context& context, double value) {
  const std::string text = base::number_text(value);
  if (!std::isfinite(value)) return JsonNode::string(context.memory().copy(text));
  return number_node(context, text);
}

// 2024-01-01T10:00:00.12, of an instant with a Z.
JsonNode time_node(Context& context, const LogicalType& type, Timestamp value) {
  std::string text;
  append_timestamp(text, value, 9);
  text[text.find(' ')] = 'T';
  while (text.back() == '0') text.pop_back();
  if (text.back() == '.') text.pop_back();
  if (type.is(TypeRoot::timestamp_ltz)) text += 'Z';
  return JsonNode::string(context.memory().copy(text));
}

JsonNode node_of(Context& context, const LogicalType& type, const Datum& value);

JsonNode object_of(Context& context, const std::vector<JsonNode>& items,
                   const std::vector<std::string_view>& names) {
  JsonNode out = JsonNode::array(context.memory(), items);
  out.kind = JsonKind::object;
  auto* copy = context.memory().array<std::string_view>(names.size());
  std::copy(names.begin(), names.end(), copy);
  out.names = copy;
  return out;
}

JsonNode nested_node(Context& context, const LogicalType& type, std::span<const Datum> items) {
  const LogicalType count{TypeRoot::integer};
  std::vector<JsonNode> nodes;
  std::vector<std::string_view> names;
  const bool pairs = type.is(TypeRoot::map) || type.is(TypeRoot::multiset);
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (pairs && i % 2 == 0) {
      names.push_back(items[i].null ? "" : items[i].text());
      continue;
    }
    if (type.is(TypeRoot::row)) names.push_back(type.field(i).name);
    const LogicalType& item = type.is(TypeRoot::multiset) ? count
                              : type.is(TypeRoot::map)    ? type.child(1)
                              : type.is(TypeRoot::row)    ? type.child(i)
                                                          : type.child();
    nodes.push_back(node_of(context, item, items[i]));
  }
  if (type.is(TypeRoot::array)) return JsonNode::array(context.memory(), nodes);
  return object_of(context, nodes, names);
}

JsonNode node_of(Context& context, const LogicalType& type, const Datum& value) {
  if (value.null) return {};
  switch (type.root()) {
    case TypeRoot::char_:
    case TypeRoot::varchar:
      return JsonNode::string(value.text());
    case TypeRoot::binary:
    case TypeRoot::varbinary:
      return JsonNode::string(to_base64(context, value.text()));
    case TypeRoot::boolean:
      return JsonNode::of(value.get<bool>());
    case TypeRoot::decimal: {
      std::string digits;
      append_decimal(digits, value.get<Decimal>().unscaled, type.scale());
      return number_node(context, digits);
    }
    case TypeRoot::float_:
      return real_node(context, value.get<float>());
    case TypeRoot::double_:
      return real_node(context, value.get<double>());
    case TypeRoot::timestamp:
    case TypeRoot::timestamp_ltz:
      return time_node(context, type, value.get<Timestamp>());
    case TypeRoot::array:
    case TypeRoot::map:
    case TypeRoot::multiset:
    case TypeRoot::row:
      return nested_node(context, type, value.items());
    default:
      return number_node(context, std::to_string(integer_of(type, value)));
  }
}

std::string_view written(Context& context, const JsonNode& node) {
  std::string text;
  append_json(text, node);
  return context.memory().copy(text);
}

// Value number `index` of the call, which is JSON already when `raw`.
JsonNode value_node(Context& context, const LogicalType& type, const Datum& value, bool raw) {
  if (!raw || value.null) return node_of(context, type, value);
  const JsonResult parsed = parse_json(context.memory(), value.text());
  return parsed.root ? *parsed.root : JsonNode{};
}

constexpr std::size_t leading = 2;  // arguments before the items

}  // namespace

bool has_json(const LogicalType& type) {
  switch (type.root()) {
    case TypeRoot::date:
    case TypeRoot::time:
    case TypeRoot::interval_year_month:
    case TypeRoot::interval_day_time:
    case TypeRoot::variant:
    case TypeRoot::bitmap:
    case TypeRoot::symbol:
      return false;
    case TypeRoot::map:
      return type.child(0).is_character() && has_json(type.child(1));
    case TypeRoot::multiset:
      return type.child().is_character();
    case TypeRoot::array:
    case TypeRoot::row:
      for (std::size_t i = 0; i < type.size(); ++i) {
        if (!has_json(type.child(i))) return false;
      }
      return true;
    default:
      return true;
  }
}

std::string_view json_string(Context& context, const Call& call, Any value) {
  if (call.arguments[0].is(TypeRoot::variant)) return value.text();
  return written(context, node_of(context, call.arguments[0], value));
}

std::optional<std::string_view> json_object(Context& context, const Call& call,
                                            std::string_view on_null, std::string_view raw,
                                            std::span<const Datum> items) {
  std::vector<JsonNode> nodes;
  std::vector<std::string_view> names;
  for (std::size_t i = 0; i + 1 < items.size(); i += 2) {
    if (items[i].null) return context.fail("JSON_OBJECT: a member's name is NULL");
    if (items[i + 1].null && on_null == "ABSENT") continue;
    const JsonNode node =
        value_node(context, call.arguments[leading + i + 1], items[i + 1], raw[i / 2] == 'r');
    const auto before = std::find(names.begin(), names.end(), items[i].text());
    if (before != names.end()) {  // the last counts
      nodes[static_cast<std::size_t>(before - names.begin())] = node;
      continue;
    }
    nodes.push_back(node);
    names.push_back(items[i].text());
  }
  return written(context, object_of(context, nodes, names));
}

std::string_view json_array(Context& context, const Call& call, std::string_view on_null,
                            std::string_view raw, std::span<const Datum> items) {
  std::vector<JsonNode> nodes;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (items[i].null && on_null == "ABSENT") continue;
    nodes.push_back(value_node(context, call.arguments[leading + i], items[i], raw[i] == 'r'));
  }
  return written(context, JsonNode::array(context.memory(), nodes));
}

}  // namespace flink::table::fn
