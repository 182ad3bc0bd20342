// SPDX-License-Identifier: Apache-2.0
// Rewrites of the algebra, one after another; each is a function from plan to plan.
#pragma once

#include "planner/builder.h"
#include "planner/plan.h"

namespace flink::planner {

// Conditions go down to where their columns are made; those of both sides of a join are its own.
// A bound on ROW_NUMBER becomes a Rank.
RelationPointer push_conditions(const RelationPointer& root, Builder& builder);

// Joins of rows whose times are near each other: rows leave the state when time has passed.
RelationPointer find_interval_joins(const RelationPointer& root);

// What flows between the nodes of a streaming plan, as inserts, updates and deletes. Throws
// BindError, without a place, where a node cannot take what comes.
RelationPointer infer_changelog(const RelationPointer& root, const Session& session);

}  // namespace flink::planner
