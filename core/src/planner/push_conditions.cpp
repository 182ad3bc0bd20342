// SPDX-License-Identifier: Apache-2.0
// Conditions on their way down, and bounds on ROW_NUMBER, which make top-N of OVER.
#include <algorithm>

#include "planner/optimize.h"
#include "planner/rewrite.h"
#include "table/evaluate.h"

namespace flink::planner {

namespace {

using Conditions = std::vector<ExpressionPointer>;
using table::Comparison;

bool reads_only(const ExpressionPointer& condition, const Relation& node) {
  const ColumnSet used = columns_of(*condition);
  return std::all_of(used.begin(), used.end(),
                     [&](ColumnId id) { return find_column(node, id) != nullptr; });
}

// Those that only read columns of the node are moved out of `all`.
Conditions taken(Conditions& all, const Relation& node) {
  Conditions out;
  std::erase_if(all, [&](const ExpressionPointer& one) {
    const bool goes = one->determinism == table::Determinism::pure && reads_only(one, node) &&
                      !columns_of(*one).empty();
    if (goes) out.push_back(one);
    return goes;
  });
  return out;
}

// How a rank is bounded by a condition on it: 1 <= rank <= last.
struct Bounds {
  std::int64_t first = 1;
  std::int64_t last = std::numeric_limits<std::int64_t>::max();
};

std::optional<std::int64_t> whole_number(const table::Expression& value) {
  if (!columns_of(value).empty() || !value.type.is_integer()) return {};
  const table::Session session;
  table::Memory memory;
  table::Context context{session, memory};
  const auto datum = table::evaluate_constant(value, context);
  if (datum.null) return {};
  return table::integer_of(value.type, datum);
}

Comparison turned(Comparison op) {
  switch (op) {
    case Comparison::less:
      return Comparison::greater;
    case Comparison::less_equal:
      return Comparison::greater_equal;
    case Comparison::greater:
      return Comparison::less;
    case Comparison::greater_equal:
      return Comparison::less_equal;
    default:
      return op;
  }
}

bool is_column(const table::Expression& expression, ColumnId id) {
  return expression.kind == table::ExpressionKind::column && expression.column == id;
}

// Whether the condition is a bound on the rank, which is then in `bounds`.
bool bounds_rank(const table::Expression& condition, ColumnId rank, Bounds& bounds) {
  auto op = table::comparison_of(condition);
  if (!op) return false;
  const bool left = is_column(*condition.arguments[0], rank);
  if (!left && !is_column(*condition.arguments[1], rank)) return false;
  const auto number = whole_number(*condition.arguments[left ? 1 : 0]);
  if (!number) return false;
  if (!left) op = turned(*op);
  switch (*op) {
    case Comparison::equal:
      bounds.first = std::max(bounds.first, *number);
      bounds.last = std::min(bounds.last, *number);
      return true;
    case Comparison::less:
      bounds.last = std::min(bounds.last, *number - 1);
      return true;
    case Comparison::less_equal:
      bounds.last = std::min(bounds.last, *number);
      return true;
    case Comparison::greater:
      bounds.first = std::max(bounds.first, *number + 1);
      return true;
    case Comparison::greater_equal:
      bounds.first = std::max(bounds.first, *number);
      return true;
    case Comparison::not_equal:
      break;
  }
  return false;
}

class Pusher {
 public:
  explicit Pusher(Builder& builder) : builder_(builder) {}

  RelationPointer push(const RelationPointer& node, Conditions conditions);

 private:
  RelationPointer push_project(const Project& node, Conditions conditions);
  RelationPointer push_join(const Join& node, Conditions conditions);
  RelationPointer push_union(const UnionAll& node, const Conditions& conditions);
  RelationPointer push_aggregate(const RelationPointer& node, Conditions conditions);
  RelationPointer push_over(const RelationPointer& node, Conditions conditions);
  // Conditions on the input's columns go below, the others stay above.
  RelationPointer push_below(const RelationPointer& node, Conditions conditions);
  RelationPointer stay(const RelationPointer& node, Conditions conditions);

  Builder& builder_;
};

RelationPointer Pusher::stay(const RelationPointer& node, Conditions conditions) {
  std::vector<RelationPointer> inputs;
  for (const auto& input : node->inputs) inputs.push_back(push(input, {}));
  return Builder::filter(with_inputs(node, std::move(inputs)), conjunction(std::move(conditions)));
}

RelationPointer Pusher::push_below(const RelationPointer& node, Conditions conditions) {
  Conditions below = taken(conditions, node->input());
  return Builder::filter(with_inputs(node, {push(node->inputs[0], std::move(below))}),
                         conjunction(std::move(conditions)));
}

RelationPointer Pusher::push_project(const Project& node, Conditions conditions) {
  std::map<ColumnId, ExpressionPointer> by;
  for (std::size_t i = 0; i < node.columns.size(); ++i) {
    if (node.expressions[i]->determinism == table::Determinism::pure) {
      by[node.columns[i].id] = node.expressions[i];
    }
  }
  Conditions below;
  std::erase_if(conditions, [&](const ExpressionPointer& one) {
    const ColumnSet used = columns_of(*one);
    const bool goes =
        one->determinism == table::Determinism::pure &&
        std::all_of(used.begin(), used.end(), [&](ColumnId id) { return by.count(id) != 0; });
    if (goes) below.push_back(replaced(one, by));
    return goes;
  });
  auto out = std::make_shared<Project>(node);
  out->inputs = {push(node.inputs[0], std::move(below))};
  return Builder::filter(out, conjunction(std::move(conditions)));
}

RelationPointer Pusher::push_join(const Join& node, Conditions conditions) {
  const bool inner = node.type == JoinType::inner;
  const bool keeps_left = inner || node.type == JoinType::left || node.type == JoinType::semi ||
                          node.type == JoinType::anti;
  const bool keeps_right = inner || node.type == JoinType::right;
  Conditions left, right, both = conjuncts(node.residual);
  if (keeps_left) left = taken(conditions, node.input(0));
  // A version is chosen among all: nothing is filtered beneath it.
  if (keeps_right && !node.as_of) right = taken(conditions, node.input(1));
  if (inner && !node.as_of) {
    std::erase_if(conditions, [&](const ExpressionPointer& one) {
      const bool goes = one->determinism == table::Determinism::pure && !columns_of(*one).empty();
      if (goes) both.push_back(one);
      return goes;
    });
  }
  // The join's own conditions on one side hold before it, where that side is not kept whole.
  if (!node.as_of) {
    if (inner || node.type == JoinType::right || node.type == JoinType::semi) {
      for (auto& one : taken(both, node.input(0))) left.push_back(std::move(one));
    }
    if (inner || node.type == JoinType::left || node.type == JoinType::semi ||
        node.type == JoinType::anti) {
      for (auto& one : taken(both, node.input(1))) right.push_back(std::move(one));
    }
  }
  auto left_input = push(node.inputs[0], std::move(left));
  auto right_input = push(node.inputs[1], std::move(right));
  if (node.as_of) {
    auto out = std::make_shared<Join>(node);
    out->residual = conjunction(std::move(both));
    out->inputs = {std::move(left_input), std::move(right_input)};
    return Builder::filter(out, conjunction(std::move(conditions)));
  }
  for (const EquiKey& key : node.keys) {
    const auto a = column_of(*find_column(*left_input, key.left));
    const auto b = column_of(*find_column(*right_input, key.right));
    both.push_back(key.nulls_match ? table::distinct_expression(false, a, b)
                                   : table::compare_expression(Comparison::equal, a, b));
  }
  return Builder::filter(
      builder_.join(node.type, std::move(left_input), std::move(right_input), std::move(both)),
      conjunction(std::move(conditions)));
}

RelationPointer Pusher::push_union(const UnionAll& node, const Conditions& conditions) {
  auto out = std::make_shared<UnionAll>(node);
  for (auto& input : out->inputs) {
    std::map<ColumnId, ExpressionPointer> by;
    for (std::size_t i = 0; i < node.columns.size(); ++i) {
      by[node.columns[i].id] = column_of(input->columns[i]);
    }
    Conditions below;
    for (const auto& one : conditions) below.push_back(replaced(one, by));
    input = push(input, std::move(below));
  }
  return out;
}

RelationPointer Pusher::push_aggregate(const RelationPointer& node, Conditions conditions) {
  const auto& aggregate = as<Aggregate>(*node);
  Conditions below;
  std::erase_if(conditions, [&](const ExpressionPointer& one) {
    const ColumnSet used = columns_of(*one);
    const bool goes = !used.empty() && one->determinism == table::Determinism::pure &&
                      std::all_of(used.begin(), used.end(), [&](ColumnId id) {
                        return std::find(aggregate.group.begin(), aggregate.group.end(), id) !=
                               aggregate.group.end();
                      });
    if (goes) below.push_back(one);
    return goes;
  });
  return Builder::filter(with_inputs(node, {push(node->inputs[0], std::move(below))}),
                         conjunction(std::move(conditions)));
}

RelationPointer Pusher::push_over(const RelationPointer& node, Conditions conditions) {
  const auto& over = as<Over>(*node);
  if (over.calls.size() != 1 || over.calls[0].function != "ROW_NUMBER") {
    return stay(node, std::move(conditions));
  }
  const ColumnId number = over.columns.back().id;
  Bounds bounds;
  std::erase_if(conditions, [&](const auto& one) { return bounds_rank(*one, number, bounds); });
  // All ranks from one on are no top-N.
  if (bounds.last == std::numeric_limits<std::int64_t>::max() || bounds.last < bounds.first) {
    Conditions again = std::move(conditions);
    if (bounds.first > 1) {
      again.push_back(table::compare_expression(
          Comparison::greater_equal, column_of(over.columns.back()), number_literal(bounds.first)));
    }
    if (bounds.last < bounds.first) again.push_back(truth(false));
    return stay(node, std::move(again));
  }
  auto rank = std::make_shared<Rank>();
  rank->columns = over.columns;
  rank->partition = over.partition;
  rank->order = over.order;
  rank->first = bounds.first;
  rank->last = bounds.last;
  rank->number = true;
  rank->inputs = {push(over.inputs[0], {})};
  return Builder::filter(rank, conjunction(std::move(conditions)));
}

RelationPointer Pusher::push(const RelationPointer& node, Conditions conditions) {
  switch (node->kind) {
    case RelationKind::filter: {
      for (auto& one : conjuncts(as<Filter>(*node).condition)) conditions.push_back(one);
      return push(node->inputs[0], std::move(conditions));
    }
    case RelationKind::project:
      return push_project(as<Project>(*node), std::move(conditions));
    case RelationKind::join:
      return push_join(as<Join>(*node), std::move(conditions));
    case RelationKind::union_all:
      return push_union(as<UnionAll>(*node), conditions);
    case RelationKind::aggregate:
      return push_aggregate(node, std::move(conditions));
    case RelationKind::over:
      return push_over(node, std::move(conditions));
    case RelationKind::window:
    case RelationKind::unnest:
      return push_below(node, std::move(conditions));
    default:
      return stay(node, std::move(conditions));
  }
}

}  // namespace

RelationPointer push_conditions(const RelationPointer& root, Builder& builder) {
  return Pusher{builder}.push(root, {});
}

}  // namespace flink::planner
