// SPDX-License-Identifier: Apache-2.0
#include "planner/relation.h"

#include <algorithm>

namespace flink::planner {

const Column* find_column(const Relation& node, ColumnId id) {
  const auto found = std::find_if(node.columns.begin(), node.columns.end(),
                                  [&](const Column& column) { return column.id == id; });
  return found == node.columns.end() ? nullptr : &*found;
}

std::size_t index_of(const Relation& node, ColumnId id) {
  const Column* const found = find_column(node, id);
  FLINK_CHECK(found != nullptr, id);
  return static_cast<std::size_t>(found - node.columns.data());
}

}  // namespace flink::planner
