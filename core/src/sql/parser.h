// SPDX-License-Identifier: Apache-2.0
// SQL text to a tree. The source must outlive the tree, which has views into it.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "sql/statement.h"
#include "sql/syntax_error.h"

namespace flink::sql {

template <class T>
struct Parsed {
  std::unique_ptr<Arena> arena;
  const T* root = nullptr;          // nothing if there are errors
  std::vector<SyntaxError> errors;  // in order of the text; warnings are among them

  bool ok() const { return root != nullptr; }
};

// The whole text is one expression.
Parsed<Expression> parse_expression(std::string_view source);

// The whole text is one query, without a semicolon.
Parsed<Query> parse_query(std::string_view source);

struct Script {
  std::unique_ptr<Arena> arena;
  List<const Statement*> statements;  // those without errors
  std::vector<SyntaxError> errors;
};

// The statements of a script, each ended by a semicolon or the end. After an error the parse goes
// on at the next clause or statement; the first 100 errors are told.
Script parse_script(std::string_view source);

// Where the statements of a script stand, whatever is wrong with them; without the semicolons.
std::vector<Range> split_script(std::string_view source);

}  // namespace flink::sql
