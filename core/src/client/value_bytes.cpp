// SPDX-License-Identifier: Apache-2.0
#include "client/value_bytes.h"

#include <flink/base/check.h>
#include <flink/error.h>
#include <flink/types/bytes.h>

#include <charconv>
#include <cmath>

#include "types/schema_tree.h"
#include "types/value_walk.h"

namespace flink::client {
namespace {

using flink::detail::concat;
using types::NodeKind;
using types::SchemaNode;
using types::SchemaTree;
using Type = json::JsonValue::Type;

class Encoder {
 public:
  Encoder(const SchemaTree& tree, ByteWriter& out) : tree_(tree), out_(out) {}

  void value(std::uint32_t node, const json::JsonValue& json) {
    const SchemaNode& at = tree_[node];
    switch (at.kind) {
      case NodeKind::boolean:
        if (json.type() != Type::boolean) fail(at, "true or false");
        out_.u8(json.as_bool() ? 1 : 0);
        return;
      case NodeKind::character:
        if (json.as_string().size() == 1) out_.u8(static_cast<std::uint8_t>(json.as_string()[0]));
        else integer(at, json);
        return;
      case NodeKind::integer:
        return integer(at, json);
      case NodeKind::floating:
        return floating(at, json);
      case NodeKind::string:
        if (json.type() == Type::object) out_.sized(hex(at, json));
        else if (json.type() == Type::string) out_.sized(json.as_string());
        else fail(at, "a string");
        return;
      case NodeKind::bytes:
        out_.sized(hex(at, json));
        return;
      case NodeKind::duration:
      case NodeKind::time:
        return value(at.children[0], json);
      case NodeKind::optional:
        out_.u8(json.type() == Type::null ? 0 : 1);
        if (json.type() != Type::null) value(at.children[0], json);
        return;
      case NodeKind::map:
        return map(at, json);
      case NodeKind::variant:
        return variant(at, json);
      case NodeKind::record:
        return record(at, json);
      case NodeKind::opaque:
        out_.raw(hex(at, json));
        return;
      default:
        return sequence(at, json);
    }
  }

 private:
  [[noreturn]] static void fail(const SchemaNode& at, std::string_view wanted) {
    throw Error(ErrorKind::user,
                concat("a value of type ", at.text.substr(0, 100), " is written as ", wanted));
  }

  void integer(const SchemaNode& at, const json::JsonValue& json) {
    const bool text = json.type() == Type::string;
    if (!text && json.type() != Type::integer) fail(at, "a whole number (a large one in quotes)");
    const std::string digits = text ? json.as_string() : std::to_string(json.as_int());
    const bool negative = digits.starts_with('-');
    unsigned __int128 number = 0;
    if (digits.size() == (negative ? 1 : 0) || digits.size() > 40) fail(at, "a whole number");
    for (const char c : std::string_view(digits).substr(negative ? 1 : 0)) {
      if (c < '0' || c > '9') fail(at, "a whole number");
      number = number * 10 + static_cast<unsigned>(c - '0');
    }
    const int bits = 8 * at.width - (at.is_signed ? 1 : 0);
    const auto most = bits == 128 ? ~static_cast<unsigned __int128>(0)
                                  : (static_cast<unsigned __int128>(1) << bits) - 1;
    const bool is_signed = at.is_signed || at.kind == NodeKind::character;
    if (negative ? !is_signed || number > most + 1 : number > most) {
      fail(at, "a number that fits into it");
    }
    if (negative) number = 0 - number;
    for (int i = 0; i < at.width; ++i) {
      out_.u8(static_cast<std::uint8_t>(number));
      number >>= 8;
    }
  }

  void floating(const SchemaNode& at, const json::JsonValue& json) {
    double number = json.as_double();
    if (json.type() == Type::string) {
      const std::string& text = json.as_string();
      if (text == "NaN") number = std::nan("");
      else if (text == "Infinity") number = INFINITY;
      else if (text == "-Infinity") number = -INFINITY;
      else fail(at, "a number");
    } else if (json.type() != Type::real && json.type() != Type::integer) {
      fail(at, "a number");
    }
    if (at.width == 4) out_.fixed(static_cast<float>(number));
    else out_.fixed(number);
  }

  static std::string hex(const SchemaNode& at, const json::JsonValue& json) {
    const std::string& digits = json["$hex"].as_string();
    constexpr std::string_view wanted = "{\"$hex\":\"00ff\"}";
    if (json["$hex"].type() != Type::string || digits.size() % 2 != 0) fail(at, wanted);
    std::string out;
    for (std::size_t i = 0; i < digits.size(); i += 2) {
      unsigned byte = 0;
      const auto [end, error] = std::from_chars(&digits[i], &digits[i] + 2, byte, 16);
      if (error != std::errc{} || end != &digits[i] + 2) fail(at, wanted);
      out += static_cast<char>(byte);
    }
    return out;
  }

  void sequence(const SchemaNode& at, const json::JsonValue& json) {
    if (json.type() != Type::array) fail(at, "an array");
    const auto& items = json.items();
    const bool tuple = at.kind == NodeKind::tuple;
    if (tuple || at.kind == NodeKind::array) {
      if (items.size() != (tuple ? at.children.size() : at.length)) {
        fail(at, "an array with as many values");
      }
      if (items.empty()) out_.u8(0);
    } else {
      out_.varint(items.size());
    }
    for (std::size_t i = 0; i < items.size(); ++i) value(at.children[tuple ? i : 0], items[i]);
  }

  void map(const SchemaNode& at, const json::JsonValue& json) {
    if (tree_[at.children[0]].kind == NodeKind::string) {
      if (json.type() != Type::object) fail(at, "an object");
      out_.varint(json.members().size());
      for (const auto& [name, content] : json.members()) {
        out_.sized(name);
        value(at.children[1], content);
      }
      return;
    }
    if (json.type() != Type::array) fail(at, "an array of [key,value]");
    out_.varint(json.items().size());
    for (const json::JsonValue& entry : json.items()) {
      if (entry.items().size() != 2) fail(at, "an array of [key,value]");
      value(at.children[0], entry.items()[0]);
      value(at.children[1], entry.items()[1]);
    }
  }

  void variant(const SchemaNode& at, const json::JsonValue& json) {
    const json::JsonValue& index = json["alternative"];
    const auto number = static_cast<std::uint64_t>(index.as_int());
    if (index.type() != Type::integer || number >= at.children.size()) {
      fail(at, "{\"alternative\":0,\"value\":…}");
    }
    out_.varint(number);
    value(at.children[number], json["value"]);
  }

  void record(const SchemaNode& at, const json::JsonValue& json) {
    if (json.type() != Type::object) fail(at, "an object");
    if (json.members().size() != at.children.size()) fail(at, "an object with all its fields");
    if (at.children.empty()) out_.u8(0);
    for (std::size_t i = 0; i < at.children.size(); ++i) {
      const json::JsonValue* found = nullptr;
      for (const auto& [name, content] : json.members()) {
        if (name == at.names[i]) found = &content;
      }
      if (found == nullptr) fail(at, "an object with all its fields");
      value(at.children[i], *found);
    }
  }

  const SchemaTree& tree_;
  ByteWriter& out_;
};

}  // namespace

std::string value_bytes(std::string_view schema, const json::JsonValue& json) {
  const SchemaTree tree(schema);
  ByteWriter out;
  Encoder(tree, out).value(tree.root(), json);
  return std::string(out.view());
}

std::string value_bytes_of_text(std::string_view schema, const std::string& text) {
  const auto json = json::JsonValue::parse(text);
  const bool wants_string = schema == "string";
  if (wants_string && (!json || (json->type() != Type::string && json->type() != Type::object))) {
    ByteWriter out;
    out.sized(text);
    return std::string(out.view());
  }
  if (!json) {
    throw Error(ErrorKind::user,
                concat("'", text, "' is not JSON: a key of type ", schema,
                       " is written as the command prints it, such as 42, \"text\" or {\"a\":1}"));
  }
  return value_bytes(schema, *json);
}

}  // namespace flink::client
