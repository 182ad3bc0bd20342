// SPDX-License-Identifier: Apache-2.0
// A schema text (schema.h has the grammar) as a tree. Nodes lie in one vector, children by index; a
// "^n" is resolved to the record it means, so the tree may have cycles. Immutable; any threads.
// Every node's value takes at least one byte, so that garbage cannot describe endless values.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace flink::types {

enum class NodeKind : std::uint8_t {
  boolean,
  character,
  integer,
  floating,
  string,
  bytes,
  duration,
  time,
  optional,
  list,
  set,
  map,
  array,
  tuple,
  variant,
  record,
  opaque,  // of a serializer of its own, without a schema: nobody knows how long it is
};

struct SchemaNode {
  NodeKind kind = NodeKind::opaque;
  bool is_signed = false;               // integer
  bool closed = true;                   // no "^n" within leads out of it
  std::uint8_t width = 0;               // bytes of a number
  std::uint64_t length = 0;             // array
  std::uint64_t fixed_bytes = 0;        // of every value; 0: they differ, or contain bools
  std::uint64_t bytes_min = 1;          // at least, as Serializer has it
  std::string_view text;                // its part of the schema
  std::vector<std::uint32_t> children;  // element(s), or fields
  std::vector<std::string_view> names;  // record: of the fields
  std::uint32_t record_number = 0;      // record: how many "{" stand before it
};

class SchemaTree {
 public:
  // Throws Error{internal} that shows the place where a text stops being a schema.
  explicit SchemaTree(std::string_view text);
  SchemaTree(const SchemaTree&) = delete;
  SchemaTree& operator=(const SchemaTree&) = delete;

  const std::string& text() const { return text_; }
  const SchemaNode& operator[](std::uint32_t index) const { return nodes_[index]; }
  std::uint32_t root() const { return root_; }
  std::uint32_t size() const { return static_cast<std::uint32_t>(nodes_.size()); }
  std::uint32_t records() const { return records_; }

 private:
  friend class SchemaParser;
  std::string text_;
  std::vector<SchemaNode> nodes_;
  std::uint32_t root_ = 0;
  std::uint32_t records_ = 0;
};

}  // namespace flink::types
