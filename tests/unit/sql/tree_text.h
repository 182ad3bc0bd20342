// SPDX-License-Identifier: Apache-2.0
// An expression as nested lists, (op operand ...), for tests: shows how the tree hangs together
// where the printer leaves parentheses out.
#pragma once

#include <string>

#include "sql/call.h"

namespace flink::sql::test {

std::string tree_text(const Expression& node);

}  // namespace flink::sql::test
