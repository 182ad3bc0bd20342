// SPDX-License-Identifier: Apache-2.0
#include "planner/optimize.h"

#include "planner/statement.h"

namespace flink::planner {

RelationPointer optimize(const RelationPointer& bound, const Session& session, Builder& builder) {
  auto plan = push_conditions(bound, builder);
  if (!session.streaming()) return plan;
  plan = find_interval_joins(plan);
  return infer_changelog(plan, session);
}

}  // namespace flink::planner
