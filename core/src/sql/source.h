// SPDX-License-Identifier: Apache-2.0
// Places in a source text: byte ranges in the tree, lines and columns for people.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace flink::sql {

// Texts are smaller than 4 GiB (parser.h refuses others).
struct Range {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;

  bool operator==(const Range&) const = default;
};

constexpr Range join(Range a, Range b) { return {a.begin, b.end}; }

inline std::string_view spelled(std::string_view source, Range at) {
  return source.substr(at.begin, at.end - at.begin);
}

// Both from 1, as Flink counts them; a column is a character, a tab too.
struct Position {
  int line = 1;
  int column = 1;

  bool operator==(const Position&) const = default;
};

Position position_of(std::string_view source, std::size_t offset);

}  // namespace flink::sql
