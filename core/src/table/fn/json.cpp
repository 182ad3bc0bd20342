// SPDX-License-Identifier: Apache-2.0
#include "table/fn/json.h"

#include <algorithm>
#include <charconv>
#include <numeric>

#include "base/text.h"

namespace flink::table::fn {

const JsonNode* JsonNode::member(std::string_view name) const noexcept {
  if (kind != JsonKind::object) return nullptr;
  const auto found = std::find(names, names + count, name);
  return found == names + count ? nullptr : &items[found - names];
}

bool JsonNode::is_integer() const noexcept {
  return kind == JsonKind::number && text.find_first_of(".eE") == std::string_view::npos;
}

JsonNode JsonNode::of(bool flag) {
  JsonNode node;
  node.kind = JsonKind::boolean;
  node.flag = flag;
  return node;
}
JsonNode JsonNode::string(std::string_view text) {
  JsonNode node;
  node.kind = JsonKind::string;
  node.text = text;
  return node;
}
JsonNode JsonNode::number(std::string_view digits) {
  JsonNode node;
  node.kind = JsonKind::number;
  node.text = digits;
  return node;
}
JsonNode JsonNode::array(Memory& memory, std::span<const JsonNode> items) {
  JsonNode node;
  node.kind = JsonKind::array;
  JsonNode* copy = memory.array<JsonNode>(items.size());
  std::copy(items.begin(), items.end(), copy);
  node.items = copy;
  node.count = items.size();
  return node;
}

void append_json_number(std::string& out, std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  const std::size_t exponent_at = std::min(text.find_first_of("eE"), text.size());
  std::string_view mantissa = text.substr(0, exponent_at);
  std::int64_t exponent = 0;
  if (exponent_at < text.size()) {
    auto digits = text.substr(exponent_at + 1);
    if (digits.starts_with('+')) digits.remove_prefix(1);
    std::from_chars(digits.data(), digits.data() + digits.size(), exponent);
  }
  std::string unscaled{mantissa.substr(0, mantissa.find('.'))};
  std::int64_t scale = -exponent;
  if (const auto point = mantissa.find('.'); point != std::string_view::npos) {
    const auto fraction = mantissa.substr(point + 1);
    unscaled += fraction;
    scale += static_cast<std::int64_t>(fraction.size());
  }
  unscaled.erase(0, std::min(unscaled.find_first_not_of('0'), unscaled.size() - 1));
  if (negative && unscaled != "0") out += '-';
  const auto count = static_cast<std::int64_t>(unscaled.size());
  const std::int64_t adjusted = count - 1 - scale;
  if (scale >= 0 && adjusted >= -6) {
    if (scale == 0) {
      out += unscaled;
      return;
    }
    if (count <= scale) unscaled.insert(0, static_cast<std::size_t>(scale + 1 - count), '0');
    unscaled.insert(unscaled.size() - static_cast<std::size_t>(scale), 1, '.');
    out += unscaled;
    return;
  }
  out += unscaled[0];
  if (count > 1) out += "." + unscaled.substr(1);
  if (adjusted == 0) return;
  out += adjusted > 0 ? "E+" : "E";
  out += std::to_string(adjusted);
}

void append_json_text(std::string& out, std::string_view text) {
  static constexpr std::string_view escaped = "\"\\\b\f\n\r\t", letters = "\"\\bfnrt";
  out += '"';
  for (const char& c : text) {
    if (const auto found = escaped.find(c); found != std::string_view::npos) {
      out += '\\';
      out += letters[found];
    } else if (static_cast<unsigned char>(c) < 0x20) {
      std::string code;
      base::append_hex(code, {&c, 1});
      for (char& digit : code) digit = digit >= 'a' ? static_cast<char>(digit - 32) : digit;
      out += "\\u00" + code;
    } else {
      out += c;
    }
  }
  out += '"';
}

std::vector<std::size_t> ordered_members(const JsonNode& object) {
  std::vector<std::size_t> order(object.count);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return object.names[a] < object.names[b]; });
  return order;
}

void append_json_scalar(std::string& out, const JsonNode& node) {
  if (node.kind == JsonKind::string) {
    out += node.text;
  } else {
    append_json(out, node);
  }
}

void append_json(std::string& out, const JsonNode& node, NumberWriter number) {
  switch (node.kind) {
    case JsonKind::null:
      out += "null";
      return;
    case JsonKind::boolean:
      out += node.flag ? "true" : "false";
      return;
    case JsonKind::number:
      number(out, node.text);
      return;
    case JsonKind::string:
      append_json_text(out, node.text);
      return;
    case JsonKind::array:
      out += '[';
      for (const JsonNode& item : node.children()) {
        if (&item != node.items) out += ',';
        append_json(out, item, number);
      }
      out += ']';
      return;
    case JsonKind::object:
      out += '{';
      for (const std::size_t index : ordered_members(node)) {
        if (out.back() != '{') out += ',';
        append_json_text(out, node.names[index]);
        out += ':';
        append_json(out, node.items[index], number);
      }
      out += '}';
      return;
  }
}

}  // namespace flink::table::fn
