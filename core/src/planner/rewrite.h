// SPDX-License-Identifier: Apache-2.0
// What every rewrite of the algebra needs: a node with other inputs, the columns that it reads.
#pragma once

#include "planner/expressions.h"

namespace flink::planner {

// The same node over other inputs; the node itself when they are the same.
RelationPointer with_inputs(const RelationPointer& node, std::vector<RelationPointer> inputs);
// A copy that may be changed before it is shared.
std::shared_ptr<Relation> copy_of(const Relation& node);
// Columns of its inputs that the node itself reads.
void add_read_columns(const Relation& node, ColumnSet& out);

}  // namespace flink::planner
