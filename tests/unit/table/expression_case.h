// SPDX-License-Identifier: Apache-2.0
// What Flink answered to an expression, and what we do: folded from constants, and with columns in
// the place of its literals.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "table/context.h"

namespace flink::table {

struct Answer {
  std::string type;   // "-" when it is refused
  std::string value;  // "!plan", "!run": an error while planning or running
  std::string what;   // the error's text
};

// A line of expressions/*.tsv:
//   expression TAB type TAB value [TAB = | TAB template TAB type TAB value]
// `=`: with columns for its arguments the same; a template says which those are and what it gives
// then, which counts. !free is any value.
struct ExpressionCase {
  std::string expression;
  Answer expected;
  std::string column_template;
};

// Of one file; a line @zone ends a section.
struct ExpressionSection {
  std::string zone;
  std::vector<ExpressionCase> cases;
};
std::vector<ExpressionSection> read_cases(const std::string& path);

Answer answer_of(const std::string& expression, const Session& session);
// All literals are columns.
Answer column_answer_of(const std::string& expression, const Session& session);
// The parts in « » are columns.
Answer template_answer_of(const std::string& text, const Session& session);

bool agrees(const Answer& expected, const Answer& got);

}  // namespace flink::table
