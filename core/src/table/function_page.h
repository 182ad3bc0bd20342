// SPDX-License-Identifier: Apache-2.0
// The page docs/sql-functions.md, out of the registry's rows.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "table/function.h"

namespace flink::table {

// Functions of Flink that are not here, and why.
struct Absent {
  std::string_view names;  // separated by blanks
  std::string_view why;
};
std::span<const Absent> absent_functions();

std::string function_page(const Registry& registry);

}  // namespace flink::table
