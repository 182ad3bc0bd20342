// SPDX-License-Identifier: Apache-2.0
// Two ways. Conditions of a plain sub-query become conditions of the join. Else the sub-query is
// computed for each distinct value of what it names (the domain), which is pushed down to where it
// is named and comes back as columns (T. Neumann, A. Kemper: Unnesting Arbitrary Queries, 2015).
#include "planner/decorrelate.h"

#include <algorithm>

#include "planner/rewrite.h"

namespace flink::planner {

namespace {

void add_produced(const RelationPointer& node, ColumnSet& produced, ColumnSet& read) {
  for (const Column& column : node->columns) produced.insert(column.id);
  add_read_columns(*node, read);
  for (const auto& input : node->inputs) add_produced(input, produced, read);
}

bool reads(const ExpressionPointer& expression, const ColumnSet& columns) {
  const ColumnSet used = columns_of(*expression);
  return std::any_of(used.begin(), used.end(), [&](ColumnId id) { return columns.count(id) != 0; });
}

// A sub-query of projections and filters: its correlated conditions are taken out, and the columns
// that they read are kept up to the top.
RelationPointer pulled_up(const RelationPointer& node, const ColumnSet& free,
                          std::vector<ExpressionPointer>& conditions) {
  if (node->kind == RelationKind::filter) {
    std::vector<ExpressionPointer> mine;
    for (const auto& part : conjuncts(as<Filter>(*node).condition)) {
      (reads(part, free) ? conditions : mine).push_back(part);
    }
    return Builder::filter(pulled_up(node->inputs[0], free, conditions),
                           conjunction(std::move(mine)));
  }
  if (node->kind != RelationKind::project) return node;
  const auto before = conditions.size();
  auto input = pulled_up(node->inputs[0], free, conditions);
  auto out = std::make_shared<Project>(as<Project>(*node));
  ColumnSet wanted;
  for (std::size_t i = before; i < conditions.size(); ++i) add_columns_of(*conditions[i], wanted);
  for (const Column& column : input->columns) {
    if (wanted.count(column.id) == 0 || find_column(*out, column.id)) continue;
    out->columns.push_back(column);
    out->expressions.push_back(column_of(column));
  }
  out->inputs = {std::move(input)};
  return out;
}

class Pusher {
 public:
  Pusher(Builder& builder, RelationPointer domain, ColumnSet free)
      : builder_(builder), domain_(std::move(domain)), free_(std::move(free)) {}

  struct Pushed {
    RelationPointer relation;
    std::map<ColumnId, ExpressionPointer> by;  // what stands for free columns in it
    ColumnIds columns() const {
      ColumnIds out;
      for (const auto& [id, expression] : by) out.push_back(expression->column);
      return out;
    }
  };

  Pushed push(const RelationPointer& node);

 private:
  Pushed push_project(const Project& node);
  Pushed push_aggregate(const Aggregate& node);
  Pushed push_join(const Join& node);
  Pushed push_sort(const Sort& node);
  Pushed push_union(const UnionAll& node);
  Pushed push_unnest(const RelationPointer& node);
  Pushed cross(const RelationPointer& node);
  Pushed fresh_domain();
  std::vector<ExpressionPointer> same_domain(const Pushed& a, const Pushed& b);

  Builder& builder_;
  RelationPointer domain_;
  ColumnSet free_;
};

// Another use of the domain: the same rows, columns of its own.
Pusher::Pushed Pusher::fresh_domain() {
  std::vector<std::string> names;
  for (const Column& column : domain_->columns) names.push_back(column.name);
  Pushed out;
  out.relation = builder_.renamed(domain_, names);
  for (std::size_t i = 0; i < names.size(); ++i) {
    out.by[domain_->columns[i].id] = column_of(out.relation->columns[i]);
  }
  return out;
}

Pusher::Pushed Pusher::cross(const RelationPointer& node) {
  Pushed out = fresh_domain();
  out.relation = builder_.join(JoinType::inner, out.relation, node, {});
  return out;
}

std::vector<ExpressionPointer> Pusher::same_domain(const Pushed& a, const Pushed& b) {
  std::vector<ExpressionPointer> out;
  for (const auto& [id, expression] : a.by) {
    out.push_back(table::distinct_expression(false, expression, b.by.at(id)));
  }
  return out;
}

Pusher::Pushed Pusher::push_project(const Project& node) {
  Pushed out = push(node.inputs[0]);
  auto project = std::make_shared<Project>(node);
  for (auto& expression : project->expressions) expression = replaced(expression, out.by);
  for (auto& [id, expression] : out.by) {
    if (find_column(*project, expression->column)) continue;
    project->columns.push_back(*find_column(*out.relation, expression->column));
    project->expressions.push_back(expression);
  }
  project->inputs = {out.relation};
  out.relation = project;
  return out;
}

Pusher::Pushed Pusher::push_aggregate(const Aggregate& node) {
  Pushed out = push(node.inputs[0]);
  auto aggregate = std::make_shared<Aggregate>(node);
  const ColumnIds domain = out.columns();
  aggregate->group.insert(aggregate->group.begin(), domain.begin(), domain.end());
  std::vector<Column> columns;
  for (const ColumnId id : domain) columns.push_back(*find_column(*out.relation, id));
  columns.insert(columns.end(), node.columns.begin(), node.columns.end());
  aggregate->columns = std::move(columns);
  aggregate->inputs = {out.relation};
  if (!node.group.empty()) {
    out.relation = aggregate;
    return out;
  }
  // Of no rows there is a result too, and a count of 0.
  Pushed all = fresh_domain();
  Pushed counted{aggregate, out.by};
  auto joined = builder_.join(JoinType::left, all.relation, aggregate, same_domain(all, counted));
  auto project = std::make_shared<Project>();
  for (const auto& [id, expression] : all.by) {
    project->columns.push_back(*find_column(*joined, expression->column));
    project->expressions.push_back(expression);
  }
  Pushed result;
  result.by = all.by;
  for (std::size_t i = 0; i < node.columns.size(); ++i) {
    const Column& column = *find_column(*joined, node.columns[i].id);
    ExpressionPointer value = column_of(column);
    if (node.calls[i].bound.function && node.calls[i].bound.function->never_null &&
        column.type.is(table::TypeRoot::bigint)) {
      value = table::form_expression(table::ExpressionKind::first_known, column.type.not_null(),
                                     {value, number_literal(0)});
    }
    project->columns.push_back(node.columns[i]);
    project->columns.back().type = value->type;
    project->expressions.push_back(value);
  }
  project->inputs = {joined};
  result.relation = project;
  return result;
}

Pusher::Pushed Pusher::push_join(const Join& node) {
  const bool left_free = !free_columns(node.inputs[0]).empty();
  const bool right_free = !free_columns(node.inputs[1]).empty();
  const bool inner = node.type == JoinType::inner;
  const bool keeps_right = inner || node.type == JoinType::right || node.type == JoinType::full;
  std::vector<ExpressionPointer> conditions = conjuncts(node.residual);
  for (const EquiKey& key : node.keys) {
    const auto left = column_of(*find_column(node.input(0), key.left));
    const auto right = column_of(*find_column(node.input(1), key.right));
    conditions.push_back(key.nulls_match
                             ? table::distinct_expression(false, left, right)
                             : table::compare_expression(table::Comparison::equal, left, right));
  }
  // An inner join needs the domain in one side; the side of an outer join that is padded has it if
  // it or the condition names it, and the side that is kept always.
  Pushed left =
      inner && !left_free && right_free ? Pushed{node.inputs[0], {}} : push(node.inputs[0]);
  const bool both = right_free || (keeps_right && !inner);
  Pushed right = both ? push(node.inputs[1]) : Pushed{node.inputs[1], {}};
  Pushed out = left.by.empty() ? right : left;
  for (auto& condition : conditions) condition = replaced(condition, out.by);
  if (!left.by.empty() && !right.by.empty()) {
    const auto domain = same_domain(left, right);
    conditions.insert(conditions.end(), domain.begin(), domain.end());
  }
  if (node.type == JoinType::right) out.by = right.by;
  if (node.type == JoinType::full) {
    throw table::BindError{{},
                           "a FULL JOIN in a sub-query cannot name columns of the query around it",
                           "a join around it says the same"};
  }
  out.relation = builder_.join(node.type, left.relation, right.relation, std::move(conditions));
  return out;
}

// The first rows of each value of the domain.
Pusher::Pushed Pusher::push_sort(const Sort& node) {
  Pushed out = push(node.inputs[0]);
  if (!node.limit && node.offset == 0) return out;
  auto rank = std::make_shared<Rank>();
  rank->columns = out.relation->columns;
  rank->partition = out.columns();
  rank->order = node.order;
  rank->first = node.offset + 1;
  if (node.limit) rank->last = node.offset + *node.limit;
  rank->inputs = {out.relation};
  out.relation = rank;
  return out;
}

Pusher::Pushed Pusher::push_union(const UnionAll& node) {
  std::vector<RelationPointer> inputs;
  std::vector<Column> columns = node.columns;
  Pushed out;
  for (const auto& input : node.inputs) {
    Pushed one = push(input);
    std::vector<Column> picked;
    for (const Column& column : input->columns) picked.push_back(column);
    for (const auto& [id, expression] : one.by) {
      picked.push_back(*find_column(*one.relation, expression->column));
      if (inputs.empty()) {
        columns.push_back(builder_.column(picked.back().name, picked.back().type));
        out.by[id] = column_of(columns.back());
      }
    }
    inputs.push_back(Builder::pick(one.relation, std::move(picked)));
  }
  out.relation = builder_.union_all(std::move(inputs), std::move(columns));
  return out;
}

Pusher::Pushed Pusher::push_unnest(const RelationPointer& node) {
  Pushed out = push(node->inputs[0]);
  auto unnest = std::make_shared<Unnest>(as<Unnest>(*node));
  if (const auto found = out.by.find(unnest->collection); found != out.by.end()) {
    unnest->collection = found->second->column;
  }
  const std::size_t before = node->input().columns.size();
  unnest->columns = out.relation->columns;
  unnest->columns.insert(unnest->columns.end(),
                         node->columns.begin() + static_cast<std::ptrdiff_t>(before),
                         node->columns.end());
  unnest->inputs = {out.relation};
  out.relation = unnest;
  return out;
}

Pusher::Pushed Pusher::push(const RelationPointer& node) {
  if (free_columns(node).empty()) return cross(node);
  switch (node->kind) {
    case RelationKind::project:
      return push_project(as<Project>(*node));
    case RelationKind::aggregate:
      return push_aggregate(as<Aggregate>(*node));
    case RelationKind::join:
      return push_join(as<Join>(*node));
    case RelationKind::sort:
      return push_sort(as<Sort>(*node));
    case RelationKind::union_all:
      return push_union(as<UnionAll>(*node));
    case RelationKind::unnest:
      return push_unnest(node);
    case RelationKind::filter: {
      Pushed out = push(node->inputs[0]);
      out.relation = Builder::filter(out.relation, replaced(as<Filter>(*node).condition, out.by));
      return out;
    }
    default:
      break;
  }
  throw table::BindError{{},
                         "a sub-query of this form cannot name columns of the query around it",
                         "a join says the same"};
}

}  // namespace

ColumnSet free_columns(const RelationPointer& root) {
  ColumnSet produced, read, out;
  add_produced(root, produced, read);
  std::set_difference(read.begin(), read.end(), produced.begin(), produced.end(),
                      std::inserter(out, out.end()));
  return out;
}

RelationPointer decorrelated_join(Builder& builder, JoinType type, RelationPointer left,
                                  RelationPointer right,
                                  std::vector<ExpressionPointer> conditions) {
  // Columns of a query two levels around it stay, for the query in between.
  const auto named_in = [&](const RelationPointer& node) {
    ColumnSet out;
    for (const ColumnId id : free_columns(node)) {
      if (find_column(*left, id)) out.insert(id);
    }
    return out;
  };
  const ColumnSet free = named_in(right);
  if (free.empty()) {
    return builder.join(type, std::move(left), std::move(right), std::move(conditions));
  }
  if (type == JoinType::semi || type == JoinType::anti || type == JoinType::inner) {
    std::vector<ExpressionPointer> pulled = conditions;
    auto plain = pulled_up(right, free, pulled);
    if (named_in(plain).empty()) {
      return builder.join(type, std::move(left), std::move(plain), std::move(pulled));
    }
  }
  std::vector<Column> named;
  for (const ColumnId id : free) named.push_back(*find_column(*left, id));
  auto domain = builder.distinct(Builder::pick(left, named));
  Pusher pusher{builder, domain, free};
  auto pushed = pusher.push(right);
  for (const auto& [id, expression] : pushed.by) {
    conditions.push_back(
        table::distinct_expression(false, column_of(*find_column(*left, id)), expression));
  }
  return builder.join(type, std::move(left), pushed.relation, std::move(conditions));
}

}  // namespace flink::planner
