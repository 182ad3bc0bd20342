// SPDX-License-Identifier: Apache-2.0
// What the text of an SQL script has against it: all syntax errors at once, and what flinkc does
// not have. Names, types and functions are not looked at.
#pragma once

#include <cstddef>
#include <vector>

#include "codegen/lint.h"
#include "sql/source.h"

namespace flink::codegen {

struct SqlLint {
  std::vector<Message> messages;
  std::size_t statements = 0;  // without errors
};

SqlLint lint_sql(const SourceText& script);

// A message about a place in the script.
Message sql_message(const SourceText& script, Severity severity, sql::Range range, std::string what,
                    std::string hint);

}  // namespace flink::codegen
