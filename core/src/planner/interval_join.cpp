// SPDX-License-Identifier: Apache-2.0
// Conditions that bound the difference of two times, read as an interval.
#include <algorithm>

#include "planner/optimize.h"
#include "planner/rewrite.h"
#include "table/evaluate.h"

namespace flink::planner {

namespace {

using table::Arithmetic;
using table::Comparison;
using table::TypeRoot;

// A time attribute and what is added to it.
struct Shifted {
  ColumnId column = 0;
  std::int64_t by = 0;
};

std::optional<std::int64_t> constant_interval(const table::Expression& value) {
  if (!value.type.is(TypeRoot::interval_day_time) || !columns_of(value).empty()) return {};
  const table::Session session;
  table::Memory memory;
  table::Context context{session, memory};
  const auto datum = table::evaluate_constant(value, context);
  if (datum.null) return {};
  return datum.get<table::Millis>().millis;
}

std::optional<Shifted> shifted(const table::Expression& value, const Relation& join) {
  if (value.kind == table::ExpressionKind::column) {
    for (const auto& input : join.inputs) {
      const Column* const column = find_column(*input, value.column);
      if (column && column->time == TimeAttribute::rowtime) return Shifted{column->id, 0};
    }
    return {};
  }
  if (value.kind != table::ExpressionKind::call || value.arguments.size() != 2) return {};
  const auto by = constant_interval(*value.arguments[1]);
  const auto inner = by ? shifted(*value.arguments[0], join) : std::nullopt;
  if (!inner) return {};
  for (const auto op : {Arithmetic::plus, Arithmetic::minus}) {
    const auto known = table::arithmetic_of(op, value.arguments[0]->type, value.arguments[1]->type);
    if (!known || known->implementation.kernel != value.implementation.kernel) continue;
    return Shifted{inner->column, inner->by + (op == Arithmetic::plus ? *by : -*by)};
  }
  return {};
}

struct Range {
  std::optional<std::int64_t> lower, upper;
};

// left_time - right_time is within what a condition says; false: it says nothing of the kind.
bool narrow(const table::Expression& condition, const Join& join, IntervalBounds& bounds,
            Range& range) {
  const auto op = table::comparison_of(condition);
  if (!op || *op == Comparison::not_equal) return false;
  const auto a = shifted(*condition.arguments[0], join), b = shifted(*condition.arguments[1], join);
  if (!a || !b) return false;
  const bool in_order = find_column(join.input(0), a->column) != nullptr;
  const Shifted& left = in_order ? *a : *b;
  const Shifted& right = in_order ? *b : *a;
  if (!find_column(join.input(0), left.column) || !find_column(join.input(1), right.column)) {
    return false;
  }
  if ((range.lower || range.upper) &&
      (bounds.left_time != left.column || bounds.right_time != right.column)) {
    return false;
  }
  bounds.left_time = left.column;
  bounds.right_time = right.column;
  // left + left.by OP right + right.by: the difference OP this.
  const std::int64_t difference = right.by - left.by;
  const bool less = *op == Comparison::less || *op == Comparison::less_equal;
  const std::int64_t strict = *op == Comparison::less || *op == Comparison::greater ? 1 : 0;
  const bool bounds_above = *op == Comparison::equal || less == in_order;
  const bool bounds_below = *op == Comparison::equal || less != in_order;
  if (bounds_above) {
    const std::int64_t upper = difference - strict;
    range.upper = range.upper ? std::min(*range.upper, upper) : upper;
  }
  if (bounds_below) {
    const std::int64_t lower = difference + strict;
    range.lower = range.lower ? std::max(*range.lower, lower) : lower;
  }
  return true;
}

RelationPointer as_interval_join(const RelationPointer& node) {
  const auto& join = as<Join>(*node);
  if (join.as_of || join.type == JoinType::semi || join.type == JoinType::anti) return node;
  auto out = std::make_shared<Join>(join);
  IntervalBounds bounds;
  Range range;
  std::vector<ExpressionPointer> rest;
  for (auto& one : conjuncts(join.residual)) {
    if (!narrow(*one, join, bounds, range)) rest.push_back(one);
  }
  const auto time_of = [](const Relation& side, ColumnId id) {
    return find_column(side, id)->time;
  };
  std::erase_if(out->keys, [&](const EquiKey& key) {
    const bool times = time_of(join.input(0), key.left) == TimeAttribute::rowtime &&
                       time_of(join.input(1), key.right) == TimeAttribute::rowtime;
    if (!times || range.lower || range.upper) return false;
    bounds.left_time = key.left;
    bounds.right_time = key.right;
    range.lower = range.upper = 0;
    return true;
  });
  if (!range.lower || !range.upper) return node;
  bounds.lower = *range.lower;
  bounds.upper = *range.upper;
  out->interval = bounds;
  out->residual = conjunction(std::move(rest));
  return out;
}

}  // namespace

RelationPointer find_interval_joins(const RelationPointer& root) {
  std::vector<RelationPointer> inputs;
  for (const auto& input : root->inputs) inputs.push_back(find_interval_joins(input));
  const auto out = with_inputs(root, std::move(inputs));
  return out->kind == RelationKind::join ? as_interval_join(out) : out;
}

}  // namespace flink::planner
