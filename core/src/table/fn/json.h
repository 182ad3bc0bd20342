// SPDX-License-Identifier: Apache-2.0
// JSON text as a tree that keeps the digits of its numbers, as Flink reads it: what stands behind
// the first value does not count. The nodes live in the batch's memory.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "table/memory.h"

namespace flink::table::fn {

enum class JsonKind : std::uint8_t { null, boolean, number, string, array, object };

struct JsonNode {
  JsonKind kind = JsonKind::null;
  bool flag = false;      // of a boolean
  std::string_view text;  // of a string, without escapes; the digits of a number, as written
  const JsonNode* items = nullptr;
  const std::string_view* names = nullptr;  // of an object's items
  std::size_t count = 0;

  bool is_scalar() const noexcept { return kind < JsonKind::array; }
  std::span<const JsonNode> children() const noexcept { return {items, count}; }
  // Null: an object without that member, or no object.
  const JsonNode* member(std::string_view name) const noexcept;
  // 12, but not 12.0 or 1e3.
  bool is_integer() const noexcept;

  static JsonNode of(bool flag);
  static JsonNode string(std::string_view text);
  static JsonNode number(std::string_view digits);
  static JsonNode array(Memory& memory, std::span<const JsonNode> items);
};

enum class Repeated : std::uint8_t { last_counts, refused };

struct JsonResult {
  const JsonNode* root = nullptr;  // null: it is none, and why
  std::string_view why;
};
JsonResult parse_json(Memory& memory, std::string_view text,
                      Repeated repeated = Repeated::last_counts);

// The number as Java's BigDecimal prints it: 1e3 is 1E+3, 2.50 stays.
void append_json_number(std::string& out, std::string_view digits);
// A string with its quotes.
void append_json_text(std::string& out, std::string_view text);
// Without blanks, the members of objects in order of their names.
using NumberWriter = void (*)(std::string& out, std::string_view digits);
void append_json(std::string& out, const JsonNode& node, NumberWriter number = &append_json_number);
// A scalar without quotes.
void append_json_scalar(std::string& out, const JsonNode& node);

// The items' indices, ordered by name.
std::vector<std::size_t> ordered_members(const JsonNode& object);

}  // namespace flink::table::fn
