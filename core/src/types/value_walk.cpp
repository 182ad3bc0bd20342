// SPDX-License-Identifier: Apache-2.0
#include "types/value_walk.h"

#include <flink/base/check.h>
#include <flink/error.h>

#include <algorithm>
#include <string>
#include <vector>

namespace flink::types {
namespace {

using flink::detail::concat;

void skip_elements(ByteReader& in, const SchemaTree& tree, const SchemaNode& at, int depth) {
  std::uint64_t bytes_min = 0, fixed = 0;
  for (const std::uint32_t child : at.children) {
    bytes_min += tree[child].bytes_min;
    fixed += tree[child].fixed_bytes;
  }
  const std::size_t count = in.length("the length of a container", bytes_min);
  if (at.children.size() == 1 && fixed > 0) {
    in.bytes(count * fixed, "the elements of a container");
    return;
  }
  for (std::size_t i = 0; i < count; ++i) {
    for (const std::uint32_t child : at.children) skip_value(in, tree, child, depth);
  }
}

}  // namespace

int deeper(const ByteReader& in, int depth) {
  if (depth >= walk_nesting_max) in.fail("less nesting");
  return depth + 1;
}

void skip_value(ByteReader& in, const SchemaTree& tree, std::uint32_t node, int depth) {
  const SchemaNode& at = tree[node];
  if (at.fixed_bytes > 0) {
    in.bytes(at.fixed_bytes, "a value of fixed size");
    return;
  }
  depth = deeper(in, depth);
  switch (at.kind) {
    case NodeKind::boolean:
      if (in.u8("a bool") > 1) in.fail("a bool (0 or 1)");
      return;
    case NodeKind::string:
    case NodeKind::bytes:
      in.sized();
      return;
    case NodeKind::optional: {
      const std::uint8_t present = in.u8("whether an optional is set");
      if (present > 1) in.fail("whether an optional is set (0 or 1)");
      if (present == 1) skip_value(in, tree, at.children[0], depth);
      return;
    }
    case NodeKind::list:
    case NodeKind::set:
    case NodeKind::map:
      skip_elements(in, tree, at, depth);
      return;
    case NodeKind::array:
      if (at.length == 0) in.u8("an empty array");
      for (std::uint64_t i = 0; i < at.length; ++i) skip_value(in, tree, at.children[0], depth);
      return;
    case NodeKind::variant: {
      const std::uint64_t index = in.varint("the index of a variant");
      if (index >= at.children.size()) in.fail("the index of one of a variant's alternatives");
      skip_value(in, tree, at.children[index], depth);
      return;
    }
    case NodeKind::opaque:
      throw Error(ErrorKind::user,
                  concat("schema: where a value of type ", at.text,
                         " ends is known to its own Serializer only: give that a schema()"));
    default:  // records and tuples; numbers have a fixed size
      if (at.children.empty()) in.u8("an empty record");
      for (const std::uint32_t child : at.children) skip_value(in, tree, child, depth);
  }
}

void append_zero(ByteWriter& out, const SchemaTree& tree, std::uint32_t node, int depth) {
  constexpr std::size_t bytes_max = std::size_t{64} << 20;
  const SchemaNode& at = tree[node];
  if (depth > nesting_max || out.size() > bytes_max) {
    throw Error(ErrorKind::user,
                concat("schema: the default of a ", at.text.substr(0, 200), " would be endless"));
  }
  switch (at.kind) {
    case NodeKind::string:
    case NodeKind::bytes:
    case NodeKind::optional:
    case NodeKind::list:
    case NodeKind::set:
    case NodeKind::map:
    case NodeKind::opaque:
      out.u8(0);
      return;
    case NodeKind::array:
      if (at.length == 0) out.u8(0);
      for (std::uint64_t i = 0; i < at.length; ++i) {
        append_zero(out, tree, at.children[0], depth + 1);
      }
      return;
    case NodeKind::variant:
      out.u8(0);
      append_zero(out, tree, at.children[0], depth + 1);
      return;
    case NodeKind::duration:
    case NodeKind::time:
    case NodeKind::record:
    case NodeKind::tuple:
      if (at.children.empty()) out.u8(0);
      for (const std::uint32_t child : at.children) append_zero(out, tree, child, depth + 1);
      return;
    default:
      for (int i = 0; i < at.width; ++i) out.u8(0);
  }
}

namespace {

// Sets and maps.
void append_sorted(ByteReader& in, ByteWriter& out, const SchemaTree& tree, const SchemaNode& at,
                   int depth) {
  std::uint64_t bytes_min = 0;
  for (const std::uint32_t child : at.children) bytes_min += tree[child].bytes_min;
  const std::size_t count = in.length("the length of a container", bytes_min);
  std::vector<std::string> elements;
  for (std::size_t i = 0; i < count; ++i) {
    ByteWriter element(elements.emplace_back());
    for (const std::uint32_t child : at.children) {
      append_canonical(in, element, tree, child, depth);
    }
  }
  std::sort(elements.begin(), elements.end());
  out.varint(count);
  for (const std::string& element : elements) out.raw(element);
}

}  // namespace

void append_canonical(ByteReader& in, ByteWriter& out, const SchemaTree& tree, std::uint32_t node,
                      int depth) {
  const SchemaNode& at = tree[node];
  depth = deeper(in, depth);
  const auto copy_varint = [&](const char* what) {
    const std::uint64_t number = in.varint(what);
    out.varint(number);
    return number;
  };
  switch (at.kind) {
    case NodeKind::set:
    case NodeKind::map:
      return append_sorted(in, out, tree, at, depth);
    case NodeKind::opaque:
      out.raw(in.bytes(in.remaining()));
      return;
    case NodeKind::optional: {
      const std::uint8_t present = in.u8("whether an optional is set");
      if (present > 1) in.fail("whether an optional is set (0 or 1)");
      out.u8(present);
      if (present == 1) append_canonical(in, out, tree, at.children[0], depth);
      return;
    }
    case NodeKind::list:
      for (std::uint64_t left = copy_varint("the length of a list"); left > 0; --left) {
        append_canonical(in, out, tree, at.children[0], depth);
      }
      return;
    case NodeKind::variant: {
      const std::uint64_t index = copy_varint("the index of a variant");
      if (index >= at.children.size()) in.fail("the index of one of a variant's alternatives");
      return append_canonical(in, out, tree, at.children[index], depth);
    }
    case NodeKind::array:
    case NodeKind::tuple:
    case NodeKind::record: {
      const bool array = at.kind == NodeKind::array;
      const std::uint64_t count = array ? at.length : at.children.size();
      if (count == 0) out.u8(in.u8("an empty record"));
      for (std::uint64_t i = 0; i < count; ++i) {
        append_canonical(in, out, tree, at.children[array ? 0 : i], depth);
      }
      return;
    }
    default: {
      const char* start = in.bytes(0).data();
      const std::size_t from = in.position();
      skip_value(in, tree, node, depth - 1);
      out.raw(start, in.position() - from);
    }
  }
}

bool can_skip(const SchemaTree& tree, std::uint32_t node) {
  std::vector<bool> seen(tree.size());
  std::vector<std::uint32_t> open{node};
  while (!open.empty()) {
    const std::uint32_t at = open.back();
    open.pop_back();
    if (seen[at]) continue;
    seen[at] = true;
    if (tree[at].kind == NodeKind::opaque) return false;
    open.insert(open.end(), tree[at].children.begin(), tree[at].children.end());
  }
  return true;
}

}  // namespace flink::types
