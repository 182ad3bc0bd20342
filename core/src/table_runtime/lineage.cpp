// SPDX-License-Identifier: Apache-2.0
#include "table_runtime/lineage.h"

namespace flink::table_runtime {

using planner::as;
using planner::ColumnIds;
using planner::Relation;
using planner::RelationKind;

namespace {

std::string named(const Relation& of, const ColumnIds& columns) {
  std::string out = "(";
  for (const auto id : columns) {
    if (out.size() > 1) out += ",";
    const auto* const column = planner::find_column(of, id);
    out += column ? column->name : "?";
  }
  return out + ")";
}

std::string inputs(const Relation& node) {
  std::string out = "[";
  for (const auto& input : node.inputs) {
    if (out.size() > 1) out += ",";
    out += lineage(*input);
  }
  return out + "]";
}

std::string join_keys(const planner::Join& join) {
  ColumnIds left, right;
  for (const auto& key : join.keys) {
    left.push_back(key.left);
    right.push_back(key.right);
  }
  return named(join.input(0), left) + named(join.input(1), right);
}

std::string what(const Relation& node) {
  switch (node.kind) {
    case RelationKind::aggregate:
      return "aggregate" + named(node.input(), as<planner::Aggregate>(node).group);
    case RelationKind::over:
      return "over" + named(node.input(), as<planner::Over>(node).partition);
    case RelationKind::join:
      return "join" + join_keys(as<planner::Join>(node));
    case RelationKind::window:
      return "window" + named(node.input(), as<planner::Window>(node).partition);
    case RelationKind::rank:
      return "rank" + named(node.input(), as<planner::Rank>(node).partition);
    case RelationKind::changelog_normalize:
      return "normalize" + named(node.input(), as<planner::ChangelogNormalize>(node).key);
    case RelationKind::sort:
      return "sort";
    case RelationKind::union_all:
      return "union";
    case RelationKind::values:
      return "values";
    default:
      return "step";
  }
}

}  // namespace

std::string lineage(const Relation& node) {
  switch (node.kind) {
    case RelationKind::scan:
      return as<planner::Scan>(node).table->name;
    case RelationKind::sink:
      return as<planner::Sink>(node).table->name + "=" + lineage(node.input());
    case RelationKind::project:
    case RelationKind::filter:
    case RelationKind::watermark:
    case RelationKind::unnest:
    case RelationKind::expand:
    case RelationKind::drop_update_before:
      return lineage(node.input());
    default:
      return what(node) + (node.inputs.empty() ? "" : inputs(node));
  }
}

}  // namespace flink::table_runtime
