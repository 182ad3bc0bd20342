// SPDX-License-Identifier: Apache-2.0
// Where things stand in a user's source, by its tokens alone: structs, their fields and methods,
// statements, string literals.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace flink::codegen {

struct Place {
  std::string name;
  int line = 0;  // 0: not found
  int column = 0;
};

// `owner` may be qualified; its last name counts.
Place find_struct(std::string_view source, std::string_view owner);
// The field by its position, counted from 0. The struct's own place when there is none.
Place find_field(std::string_view source, std::string_view owner, int index);
std::vector<Place> find_methods(std::string_view source, std::string_view owner);
Place find_method(std::string_view source, std::string_view owner, std::string_view name);

// All string literals with this very text.
std::vector<Place> find_literals(std::string_view source, std::string_view literal);

// What stands before a place: the end of the previous token. Line 0 at the start of a file.
Place end_of_previous(std::string_view source, int line, int column);

// Lines of the statement of a function body around a place.
struct StatementRange {
  int first = 0;
  int last = 0;
  bool contains(int line) const { return first <= line && line <= last; }
};
StatementRange statement_at(std::string_view source, int line, int column);

}  // namespace flink::codegen
