// SPDX-License-Identifier: Apache-2.0
// A tree back to text, in one form whatever the user wrote: keywords in upper case, names in
// back-ticks, one line. What is printed reads as the same tree.
#pragma once

#include <string>

#include "sql/definition.h"

namespace flink::sql {

std::string print(const Expression& expression);
std::string print(const DataType& type);
std::string print(const Query& query);
std::string print(const Statement& statement);  // without a semicolon

// A name in back-ticks, a path of such, a text in quotes.
std::string quoted_name(std::string_view name);
std::string quoted_path(Path path);
std::string quoted_text(std::string_view text);

}  // namespace flink::sql
