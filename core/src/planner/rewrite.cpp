// SPDX-License-Identifier: Apache-2.0
#include "planner/rewrite.h"

namespace flink::planner {

namespace {

template <class T>
std::shared_ptr<Relation> copied(const Relation& node) {
  return std::make_shared<T>(as<T>(node));
}

void add(const ColumnIds& ids, ColumnSet& out) { out.insert(ids.begin(), ids.end()); }

void add(const std::vector<SortKey>& keys, ColumnSet& out) {
  for (const SortKey& key : keys) out.insert(key.column);
}

void add(const ExpressionPointer& expression, ColumnSet& out) {
  if (expression) add_columns_of(*expression, out);
}

void add(const std::vector<AggregateCall>& calls, ColumnSet& out) {
  for (const AggregateCall& call : calls) {
    add(call.arguments, out);
    if (call.filter) out.insert(*call.filter);
  }
}

void add(const Join& join, ColumnSet& out) {
  for (const EquiKey& key : join.keys) {
    out.insert(key.left);
    out.insert(key.right);
  }
  add(join.residual, out);
  if (join.as_of) out.insert(*join.as_of);
  if (join.interval) {
    out.insert(join.interval->left_time);
    out.insert(join.interval->right_time);
  }
}

}  // namespace

std::shared_ptr<Relation> copy_of(const Relation& node) {
  switch (node.kind) {
    case RelationKind::values:
      return copied<Values>(node);
    case RelationKind::scan:
      return copied<Scan>(node);
    case RelationKind::watermark:
      return copied<Watermark>(node);
    case RelationKind::project:
      return copied<Project>(node);
    case RelationKind::filter:
      return copied<Filter>(node);
    case RelationKind::expand:
      return copied<Expand>(node);
    case RelationKind::aggregate:
      return copied<Aggregate>(node);
    case RelationKind::over:
      return copied<Over>(node);
    case RelationKind::join:
      return copied<Join>(node);
    case RelationKind::union_all:
      return copied<UnionAll>(node);
    case RelationKind::sort:
      return copied<Sort>(node);
    case RelationKind::rank:
      return copied<Rank>(node);
    case RelationKind::window:
      return copied<Window>(node);
    case RelationKind::unnest:
      return copied<Unnest>(node);
    case RelationKind::changelog_normalize:
      return copied<ChangelogNormalize>(node);
    case RelationKind::drop_update_before:
      return copied<DropUpdateBefore>(node);
    case RelationKind::sink:
      return copied<Sink>(node);
  }
  FLINK_CHECK(false, node.kind);
}

RelationPointer with_inputs(const RelationPointer& node, std::vector<RelationPointer> inputs) {
  if (inputs == node->inputs) return node;
  auto out = copy_of(*node);
  out->inputs = std::move(inputs);
  return out;
}

void add_read_columns(const Relation& node, ColumnSet& out) {
  switch (node.kind) {
    case RelationKind::watermark:
      out.insert(as<Watermark>(node).rowtime);
      return add(as<Watermark>(node).expression, out);
    case RelationKind::project:
      for (const auto& expression : as<Project>(node).expressions) add(expression, out);
      return;
    case RelationKind::filter:
      return add(as<Filter>(node).condition, out);
    case RelationKind::expand:
      for (const auto& row : as<Expand>(node).rows) {
        for (const auto& expression : row) add(expression, out);
      }
      return;
    case RelationKind::aggregate:
      add(as<Aggregate>(node).group, out);
      return add(as<Aggregate>(node).calls, out);
    case RelationKind::over:
      add(as<Over>(node).partition, out);
      add(as<Over>(node).order, out);
      return add(as<Over>(node).calls, out);
    case RelationKind::join:
      return add(as<Join>(node), out);
    case RelationKind::sort:
      return add(as<Sort>(node).order, out);
    case RelationKind::rank:
      add(as<Rank>(node).partition, out);
      return add(as<Rank>(node).order, out);
    case RelationKind::window:
      out.insert(as<Window>(node).time);
      return add(as<Window>(node).partition, out);
    case RelationKind::unnest:
      out.insert(as<Unnest>(node).collection);
      return add(as<Unnest>(node).residual, out);
    case RelationKind::changelog_normalize:
      return add(as<ChangelogNormalize>(node).key, out);
    case RelationKind::values:
    case RelationKind::scan:
    case RelationKind::union_all:
    case RelationKind::drop_update_before:
    case RelationKind::sink:
      return;
  }
}

}  // namespace flink::planner
