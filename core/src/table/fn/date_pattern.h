// SPDX-License-Identifier: Apache-2.0
// Java's patterns of dates and times ("yyyy-MM-dd HH:mm:ss.SSS"), compiled: what DateTimeFormatter
// and, leniently, SimpleDateFormat make of them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "table/value.h"

namespace flink::table::fn {

enum class PatternStyle : std::uint8_t {
  formatter,  // DateTimeFormatter: widths count, fields have their ranges, all of the text
  simple,     // SimpleDateFormat: any width, overflow goes on, the text may be longer
};

class DatePattern {
 public:
  // `problem` says what is wrong with the pattern; empty: nothing.
  DatePattern(std::string_view pattern, PatternStyle style);

  const std::string& problem() const noexcept { return problem_; }
  // Empty when the pattern asks for something that a local time has not (a zone).
  std::optional<std::string> format(Timestamp local) const;

  struct Parsed {
    Timestamp local;
    std::optional<std::int64_t> offset_millis;  // if the text says one
  };
  std::optional<Parsed> parse(std::string_view text) const;

 private:
  struct Item {
    char letter = 0;  // 0: the literal; '[' and ']': what is between may be absent
    int count = 0;
    std::string literal;
  };

  void compile(std::string_view pattern);
  bool next_is_number(std::size_t index) const;

  friend class DateReader;
  PatternStyle style_;
  std::vector<Item> items_;
  std::string problem_;
};

}  // namespace flink::table::fn
