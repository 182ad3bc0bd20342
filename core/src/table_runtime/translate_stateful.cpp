// SPDX-License-Identifier: Apache-2.0
#include "table_runtime/translate_stateful.h"

#include <flink/error.h>

#include "table_runtime/group_aggregate.h"
#include "table_runtime/join.h"
#include "table_runtime/normalize.h"
#include "table_runtime/rank.h"
#include "table_runtime/rebase.h"
#include "table_runtime/translate.h"

namespace flink::table_runtime {

using planner::Relation;

namespace {

bool gives(const Relation& node, RowKind kind) { return node.changelog.contains(kind); }
bool only_adds(const Relation& node) {
  return !gives(node, RowKind::update_before) && !gives(node, RowKind::update_after) &&
         !gives(node, RowKind::delete_);
}

std::shared_ptr<const AggregateSet> aggregate_set(const std::vector<planner::AggregateCall>& calls,
                                                  const Relation& below, bool retracts) {
  std::vector<AggregateStep> steps;
  for (const auto& call : calls) {
    AggregateStep step;
    step.aggregate = table::make_aggregate(call.bound, retracts);
    for (const auto id : call.arguments) step.arguments.push_back(planner::index_of(below, id));
    if (call.filter) step.filter = planner::index_of(below, *call.filter);
    step.result = call.bound.call.result;
    steps.push_back(std::move(step));
  }
  return std::make_shared<const AggregateSet>(layout_of(below), std::move(steps));
}

JoinKind kind_of(planner::JoinType type) {
  switch (type) {
    case planner::JoinType::inner:
      return JoinKind::inner;
    case planner::JoinType::left:
      return JoinKind::left;
    case planner::JoinType::right:
      return JoinKind::right;
    case planner::JoinType::full:
      return JoinKind::full;
    case planner::JoinType::semi:
      return JoinKind::semi;
    case planner::JoinType::anti:
      return JoinKind::anti;
  }
  return JoinKind::inner;
}

RankFunction function_of(planner::Rank::Function function) {
  switch (function) {
    case planner::Rank::Function::row_number:
      return RankFunction::row_number;
    case planner::Rank::Function::rank:
      return RankFunction::rank;
    case planner::Rank::Function::dense_rank:
      return RankFunction::dense_rank;
  }
  return RankFunction::row_number;
}

}  // namespace

RowOperator translate_aggregate(const planner::Aggregate& node, const RowStream& rows,
                                const table::Session& session, bool streaming) {
  const Relation& below = node.input();
  if (node.window && streaming) {
    throw Error{ErrorKind::user,
                "aggregates of windows cannot be run in STREAMING yet: SET "
                "'execution.runtime-mode' = 'BATCH'"};
  }
  GroupAggregateSpec spec;
  spec.key = picker(below, node.group);
  spec.aggregates = aggregate_set(node.calls, below, !only_adds(below));
  spec.session = session;
  spec.update_before = gives(node, RowKind::update_before);
  spec.batch = !streaming;
  if (node.group.empty()) return add_global_aggregate(rows, "Global Aggregate", spec);
  return add_group_aggregate(rows, "Group Aggregate", spec);
}

RowOperator translate_join(const planner::Join& node, const RowStream& left, const RowStream& right,
                           const table::Session& session, bool streaming) {
  if (streaming && (node.interval || node.as_of)) {
    throw Error{ErrorKind::user, "joins that are bound by time cannot be run in STREAMING yet"};
  }
  JoinSpec spec;
  spec.kind = kind_of(node.type);
  spec.left_row = layout_of(node.input(0));
  spec.right_row = layout_of(node.input(1));
  planner::ColumnIds left_key, right_key;
  for (const auto& key : node.keys) {
    left_key.push_back(key.left);
    right_key.push_back(key.right);
    spec.null_safe.push_back(key.nulls_match);
  }
  spec.left.key = picker(node.input(0), left_key);
  spec.right.key = picker(node.input(1), right_key);
  spec.condition = rebased(node.residual, {&node.input(0), &node.input(1)});
  spec.session = session;
  spec.batch = !streaming;
  auto out = add_join(left, right, "Join", std::move(spec));
  if (node.keys.empty()) out.set_parallelism(1);
  return out;
}

RowOperator translate_rank(const planner::Rank& node, const RowStream& rows, bool streaming) {
  const Relation& below = node.input();
  RankSpec spec;
  spec.function = function_of(node.function);
  spec.row = layout_of(below);
  spec.partition = picker(below, node.partition);
  spec.order = sort_columns(node.order, below);
  spec.first = node.first;
  spec.last = node.last;
  spec.with_number = node.number;
  spec.retracts = !only_adds(below);
  spec.update_before = gives(node, RowKind::update_before);
  spec.batch = !streaming;
  // The latest row of a time: what came last wins a tie.
  const bool by_time =
      node.order.size() == 1 &&
      planner::find_column(below, node.order[0].column)->time != planner::TimeAttribute::none;
  spec.newest_first = by_time && node.last == 1 && node.order[0].descending;
  return add_rank(rows, "Rank", std::move(spec));
}

RowOperator translate_limit(const planner::Sort& node, const RowStream& rows) {
  const Relation& below = node.input();
  RankSpec spec;
  spec.row = layout_of(below);
  spec.partition = picker(below, {});
  spec.order = sort_columns(node.order, below);
  spec.first = node.offset + 1;
  if (node.limit) spec.last = node.offset + *node.limit;
  spec.retracts = !only_adds(below);
  spec.update_before = gives(node, RowKind::update_before);
  return add_rank(rows, node.order.empty() ? "Limit" : "Sort Limit", std::move(spec));
}

RowOperator translate_normalize(const planner::ChangelogNormalize& node, const RowStream& rows) {
  return add_normalize(rows, "Changelog Normalize",
                       {picker(node.input(), node.key), gives(node, RowKind::update_before)});
}

}  // namespace flink::table_runtime
