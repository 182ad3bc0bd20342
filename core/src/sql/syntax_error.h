// SPDX-License-Identifier: Apache-2.0
// What is wrong with a text, for people: what was met, what was expected, what may have been meant.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sql/source.h"

namespace flink::sql {

enum class SyntaxErrorKind : unsigned char {
  unexpected,  // a token that cannot be here, or the end
  reserved,    // a reserved word where a name or value is expected
  lexical,     // no token: a foreign character, an open quote, bad UTF-8
  invalid,     // well-formed, yet never right: a bad escape, a clause twice
  refused,     // SQL that Flink has and flinkc does not
  too_deep,
  warning,  // not an error: an unused hint
};

struct SyntaxError {
  SyntaxErrorKind kind = SyntaxErrorKind::unexpected;
  Range range;
  Position position;  // of the range's begin, as Flink says it
  std::string what;
  std::string hint;                   // what to write instead, may be empty
  std::vector<std::string> expected;  // what may stand there: keywords, "a name"; may be empty
};

// Whether there are others than warnings.
bool has_errors(const std::vector<SyntaxError>& errors);

// At most five lines: where, what, the source line with a mark beneath, the hint.
std::string render(const SyntaxError& error, std::string_view source, std::string_view file);

}  // namespace flink::sql
