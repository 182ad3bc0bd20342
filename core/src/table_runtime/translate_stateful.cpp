// SPDX-License-Identifier: Apache-2.0
#include "table_runtime/translate_stateful.h"

#include <flink/error.h>

#include <algorithm>
#include <map>

#include "table_runtime/group_aggregate.h"
#include "table_runtime/interval_join.h"
#include "table_runtime/join.h"
#include "table_runtime/normalize.h"
#include "table_runtime/over.h"
#include "table_runtime/rank.h"
#include "table_runtime/rebase.h"
#include "table_runtime/temporal_join.h"
#include "table_runtime/translate.h"
#include "table_runtime/unnest.h"
#include "table_runtime/window_rows.h"

namespace flink::table_runtime {

using planner::Column;
using planner::Relation;

namespace {

bool only_adds(const Relation& node) {
  return node.changelog == table::ChangelogMode::insert_only();
}
bool sends_update_before(const Relation& node) {
  return node.changelog.contains(RowKind::update_before);
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

RowOperator add_join_of_kind(const planner::Join& node, const RowStream& left,
                             const RowStream& right, JoinSpec spec) {
  if (node.as_of) {
    const auto& versions = node.input(1).columns;
    const auto time = std::find_if(versions.begin(), versions.end(), [](const Column& column) {
      return column.time == planner::TimeAttribute::rowtime;
    });
    if (spec.batch || time == versions.end()) {
      throw Error{ErrorKind::user,
                  "FOR SYSTEM_TIME AS OF needs STREAMING, and a table with a time attribute"};
    }
    return add_temporal_join(left, right, "Temporal Join",
                             {std::make_shared<const JoinSpec>(std::move(spec)),
                              planner::index_of(node.input(0), *node.as_of),
                              static_cast<std::size_t>(time - versions.begin())});
  }
  if (node.interval && !spec.batch) {
    const auto& bounds = *node.interval;
    return add_interval_join(
        left, right, "Interval Join",
        {std::make_shared<const JoinSpec>(std::move(spec)),
         planner::index_of(node.input(0), bounds.left_time),
         planner::index_of(node.input(1), bounds.right_time), bounds.lower, bounds.upper});
  }
  return add_join(left, right, "Join", std::move(spec));
}

OverFunction over_function(const planner::AggregateCall& call) {
  if (call.bound.function) return OverFunction::aggregate;
  static const std::map<std::string_view, OverFunction> functions{
      {"ROW_NUMBER", OverFunction::row_number},
      {"RANK", OverFunction::rank},
      {"DENSE_RANK", OverFunction::dense_rank},
      {"PERCENT_RANK", OverFunction::percent_rank},
      {"CUME_DIST", OverFunction::cume_dist},
      {"NTILE", OverFunction::ntile},
      {"LAG", OverFunction::lag},
      {"LEAD", OverFunction::lead}};
  return functions.at(call.function);
}

// Rows go on for good: what comes later cannot count.
void check_over_by_time(const planner::Over& node) {
  const auto refuse = [](const std::string& what) {
    throw Error{ErrorKind::user, what +
                                     " OVER an ORDER BY of time needs rows that come later, "
                                     "which STREAMING does not wait for: run it in BATCH"};
  };
  if (node.upper.kind != planner::FrameBound::Kind::current) refuse("a frame that ends later");
  for (const auto& call : node.calls) {
    const bool looks_back = call.function == "ROW_NUMBER" || call.function == "LAG";
    if (!call.bound.function && !looks_back) refuse(call.function);
  }
}

// The window's times stand in the rows; the type of the time that they are from does not.
const Column& time_of_window(const Relation& node, planner::ColumnId end) {
  if (const auto* const window = planner::try_as<planner::Window>(node)) {
    if (planner::find_column(node, end)) {
      return *planner::find_column(window->input(), window->time);
    }
  }
  for (const auto& input : node.inputs) {
    if (planner::find_column(*input, end)) return time_of_window(*input, end);
  }
  return *planner::find_column(node, end);
}

RowOperator translate_window_aggregate(const planner::Aggregate& node, const RowStream& rows,
                                       GroupAggregateSpec spec) {
  planner::ColumnIds key = node.group;
  for (const auto id : {node.window->start, node.window->end}) {
    if (std::find(key.begin(), key.end(), id) == key.end()) key.push_back(id);
  }
  spec.key = picker(node.input(), key);
  spec.result_columns = node.group.size();
  if (spec.batch) return add_group_aggregate(rows, "Window Aggregate", spec);
  const auto end = std::find(key.begin(), key.end(), node.window->end);
  spec.window_end = static_cast<std::size_t>(end - key.begin());
  spec.clock = WindowClock{time_of_window(node.input(), node.window->end).type, spec.session};
  spec.processing_time = node.window->spec.time == planner::TimeAttribute::proctime;
  return add_window_aggregate(rows, "Window Aggregate", spec);
}

}  // namespace

RowOperator translate_window(const planner::Window& node, const RowStream& rows,
                             const table::Session& session) {
  const Relation& below = node.input();
  const std::size_t time = planner::index_of(below, node.time);
  return add_window_rows(
      rows, "Window",
      {layout_of(below), layout_of(node), time, node.spec,
       WindowClock{below.columns[time].type, session}, picker(below, node.partition)});
}

RowOperator translate_unnest(const planner::Unnest& node, const RowStream& rows,
                             const table::Session& session) {
  return add_unnest(
      rows, "Unnest",
      {layout_of(node.input()), layout_of(node), planner::index_of(node.input(), node.collection),
       node.ordinality, node.outer, rebased(node.residual, {&node}), session});
}

RowOperator translate_over(const planner::Over& node, const RowStream& rows,
                           const table::Session& session, bool streaming) {
  const Relation& below = node.input();
  OverSpec spec;
  spec.input = layout_of(below);
  spec.output = layout_of(node);
  spec.partition = picker(below, node.partition);
  spec.order = sort_columns(node.order, below);
  spec.rows = node.rows;
  spec.lower = node.lower;
  spec.upper = node.upper;
  std::vector<planner::AggregateCall> aggregates;
  for (const auto& call : node.calls) {
    OverCall one{over_function(call), {}, call.bound.call.ignores_nulls};
    if (call.bound.function) aggregates.push_back(call);
    for (const auto id : call.arguments) one.arguments.push_back(planner::index_of(below, id));
    spec.calls.push_back(std::move(one));
  }
  spec.aggregates = aggregate_set(aggregates, below, false);
  spec.session = session;
  spec.batch = !streaming;
  const bool ordered = !node.order.empty() && !node.order[0].descending;
  const auto time = ordered ? planner::find_column(below, node.order[0].column)->time
                            : planner::TimeAttribute::none;
  spec.by_rowtime = time == planner::TimeAttribute::rowtime;
  spec.by_proctime = time == planner::TimeAttribute::proctime;
  spec.update_before = sends_update_before(node);
  if (streaming && time != planner::TimeAttribute::none) check_over_by_time(node);
  return add_over(rows, "Over", std::move(spec));
}

RowOperator translate_aggregate(const planner::Aggregate& node, const RowStream& rows,
                                const table::Session& session, bool streaming) {
  const Relation& below = node.input();
  GroupAggregateSpec spec;
  spec.key = picker(below, node.group);
  spec.aggregates = aggregate_set(node.calls, below, !only_adds(below));
  spec.session = session;
  spec.update_before = sends_update_before(node);
  spec.batch = !streaming;
  if (node.window) return translate_window_aggregate(node, rows, std::move(spec));
  if (node.group.empty()) return add_global_aggregate(rows, "Global Aggregate", spec);
  return add_group_aggregate(rows, "Group Aggregate", spec);
}

RowOperator translate_join(const planner::Join& node, const RowStream& left, const RowStream& right,
                           const table::Session& session, bool streaming) {
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
  auto out = add_join_of_kind(node, left, right, std::move(spec));
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
  spec.update_before = sends_update_before(node);
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
  spec.update_before = sends_update_before(node);
  return add_rank(rows, node.order.empty() ? "Limit" : "Sort Limit", std::move(spec));
}

RowOperator translate_normalize(const planner::ChangelogNormalize& node, const RowStream& rows) {
  return add_normalize(rows, "Changelog Normalize",
                       {picker(node.input(), node.key), sends_update_before(node)});
}

}  // namespace flink::table_runtime
