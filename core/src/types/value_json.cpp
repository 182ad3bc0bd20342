// SPDX-License-Identifier: Apache-2.0
#include "types/value_json.h"

#include <flink/types/bytes.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/text.h"
#include "json/json_writer.h"
#include "types/value_walk.h"

namespace flink::types {
namespace {

class Writer {
 public:
  Writer(const SchemaTree& tree, std::string_view bytes, std::string& out)
      : tree_(tree), in_(bytes), out_(out) {}

  void run() {
    value(tree_.root(), 0);
    if (!in_.at_end()) in_.fail("the end of a value");
  }

 private:
  void value(std::uint32_t node, int depth);
  void record(const SchemaNode& at, int depth);
  void elements(const SchemaNode& at, int depth);
  void sequence(const SchemaNode& at, std::uint64_t count, int depth);
  void integer(const SchemaNode& at);
  void text(std::string_view bytes);
  void hex(std::string_view bytes);

  template <class Float>
  void floating() {
    const auto value = in_.fixed<Float>("a number");
    if (!std::isfinite(value)) {
      out_ += std::isnan(value) ? "\"NaN\"" : value < 0 ? "\"-Infinity\"" : "\"Infinity\"";
      return;
    }
    char room[64];
    const auto end = std::to_chars(room, room + sizeof room, value).ptr;
    out_.append(room, end);
  }

  const SchemaTree& tree_;
  ByteReader in_;
  std::string& out_;
  bool lost_ = false;  // an opaque value has taken all the rest
};

void Writer::text(std::string_view bytes) {
  if (json::is_utf8(bytes)) json::append_json_string(out_, bytes);
  else hex(bytes);
}

void Writer::hex(std::string_view bytes) {
  out_ += "{\"$hex\":\"";
  base::append_hex(out_, bytes);
  out_ += "\"}";
}

void Writer::integer(const SchemaNode& at) {
  const std::string_view bytes = in_.bytes(at.width, "a number");
  unsigned __int128 number = 0;
  for (std::size_t i = bytes.size(); i-- > 0;) {
    number = number << 8 | static_cast<unsigned char>(bytes[i]);
  }
  if (at.is_signed && static_cast<signed char>(bytes.back()) < 0) {
    if (at.width < 16) number |= ~static_cast<unsigned __int128>(0) << (8 * at.width);
    out_ += '-';
    number = 0 - number;
  }
  char digits[40];
  char* first = digits + sizeof digits;
  do {
    *--first = static_cast<char>('0' + static_cast<int>(number % 10));
    number /= 10;
  } while (number != 0);
  out_.append(first, digits + sizeof digits);
}

void Writer::record(const SchemaNode& at, int depth) {
  if (at.children.empty()) in_.u8("an empty record");
  out_ += '{';
  for (std::size_t i = 0; i < at.children.size() && !lost_; ++i) {
    if (i > 0) out_ += ',';
    json::append_json_string(out_, at.names[i]);
    out_ += ':';
    value(at.children[i], depth);
  }
  out_ += '}';
}

void Writer::sequence(const SchemaNode& at, std::uint64_t count, int depth) {
  out_ += '[';
  for (std::uint64_t i = 0; i < count && !lost_; ++i) {
    if (i > 0) out_ += ',';
    value(at.children[at.kind == NodeKind::tuple ? i : 0], depth);
  }
  out_ += ']';
}

void Writer::elements(const SchemaNode& at, int depth) {
  std::size_t bytes_min = 0;
  for (const std::uint32_t child : at.children) bytes_min += tree_[child].bytes_min;
  const std::size_t count = in_.length("the length of a container", bytes_min);
  if (at.kind != NodeKind::map) return sequence(at, count, depth);
  const bool named = tree_[at.children[0]].kind == NodeKind::string;
  out_ += named ? '{' : '[';
  for (std::size_t i = 0; i < count && !lost_; ++i) {
    if (i > 0) out_ += ',';
    if (named) {
      json::append_json_string(out_, in_.sized());
      out_ += ':';
      value(at.children[1], depth);
      continue;
    }
    out_ += '[';
    value(at.children[0], depth);
    if (!lost_) {
      out_ += ',';
      value(at.children[1], depth);
    }
    out_ += ']';
  }
  out_ += named ? '}' : ']';
}

void Writer::value(std::uint32_t node, int depth) {
  const SchemaNode& at = tree_[node];
  depth = deeper(in_, depth);
  switch (at.kind) {
    case NodeKind::boolean: {
      const std::uint8_t flag = in_.u8("a bool");
      if (flag > 1) in_.fail("a bool (0 or 1)");
      out_ += flag == 1 ? "true" : "false";
      return;
    }
    case NodeKind::character: {
      const std::string_view c = in_.bytes(1, "a character");
      if (c[0] >= ' ' && c[0] < 0x7f) json::append_json_string(out_, c);
      else out_ += std::to_string(static_cast<int>(c[0]));
      return;
    }
    case NodeKind::integer:
      return integer(at);
    case NodeKind::floating:
      return at.width == 4 ? floating<float>() : floating<double>();
    case NodeKind::string:
      return text(in_.sized());
    case NodeKind::bytes:
      return hex(in_.sized("a run of bytes"));
    case NodeKind::duration:
    case NodeKind::time:
      return value(at.children[0], depth);
    case NodeKind::optional: {
      const std::uint8_t present = in_.u8("whether an optional is set");
      if (present > 1) in_.fail("whether an optional is set (0 or 1)");
      if (present == 1) value(at.children[0], depth);
      else out_ += "null";
      return;
    }
    case NodeKind::list:
    case NodeKind::set:
    case NodeKind::map:
      return elements(at, depth);
    case NodeKind::array:
      if (at.length == 0) in_.u8("an empty array");
      return sequence(at, at.length, depth);
    case NodeKind::tuple:
      if (at.children.empty()) in_.u8("an empty tuple");
      return sequence(at, at.children.size(), depth);
    case NodeKind::variant: {
      const std::uint64_t index = in_.varint("the index of a variant");
      if (index >= at.children.size()) in_.fail("the index of one of a variant's alternatives");
      out_ += "{\"alternative\":" + std::to_string(index) + ",\"value\":";
      value(at.children[index], depth);
      out_ += '}';
      return;
    }
    case NodeKind::record:
      return record(at, depth);
    case NodeKind::opaque:
      hex(in_.bytes(in_.remaining()));
      lost_ = true;
      return;
  }
}

}  // namespace

ValueJson::ValueJson(std::string_view schema)
    : empty_(schema.empty()), tree_(schema.empty() ? "opaque<nothing>" : schema) {}

void ValueJson::append(std::string_view bytes, std::string& out) const {
  if (empty_ && bytes.empty()) out += "null";
  else Writer(tree_, bytes, out).run();
}

std::string value_to_json(std::string_view schema, std::string_view bytes) {
  std::string out;
  ValueJson(schema).append(bytes, out);
  return out;
}

}  // namespace flink::types
