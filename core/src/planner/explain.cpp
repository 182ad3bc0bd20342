// SPDX-License-Identifier: Apache-2.0
// EXPLAIN: what was bound, and what is run.
#include "planner/statement.h"

namespace flink::planner {

std::string explain(const std::vector<RelationPointer>& bound,
                    const std::vector<RelationPointer>& optimized) {
  std::string out = "== Abstract Syntax Tree ==\n", plan;
  for (const auto& root : bound) out += print(*root) + "\n";
  for (const auto& root : optimized) plan += print(*root) + "\n";
  out += "== Optimized Physical Plan ==\n" + plan;
  out += "== Optimized Execution Plan ==\n" + plan;
  out.pop_back();
  return out;
}

}  // namespace flink::planner
