// SPDX-License-Identifier: Apache-2.0
// Parts that all nodes of the tree are made of.
#pragma once

#include <cstdint>
#include <string_view>

#include "sql/arena.h"
#include "sql/source.h"

namespace flink::sql {

// One part of a name, as the user means it (without back-ticks). Names are case-sensitive; those of
// functions are not. An empty text: there is no name here.
struct Name {
  std::string_view text;
  Range range;
  bool quoted = false;

  explicit operator bool() const { return range.end != 0; }
};

// a.b.c: what is a catalog, a table, a column or a field the binder decides.
using Path = List<Name>;

inline Range range_of(Path path) { return {path.front().range.begin, path.back().range.end}; }

// A literal text where the grammar wants one: decoded.
struct Text {
  std::string_view value;
  Range range;

  explicit operator bool() const { return range.end != 0; }
};

enum class TimeUnit : std::uint8_t { none, year, quarter, month, week, day, hour, minute, second };

// DAY(2) TO SECOND(3); of SECOND(2, 3) the second number is the fraction's.
struct IntervalQualifier {
  TimeUnit from = TimeUnit::none;
  TimeUnit to = TimeUnit::none;  // none: `from` alone
  int precision = -1;            // of the leading unit; -1: not given
  int fraction = -1;
  Range range;
};

}  // namespace flink::sql
