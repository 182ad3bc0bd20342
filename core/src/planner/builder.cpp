// SPDX-License-Identifier: Apache-2.0
#include "planner/builder.h"

#include <algorithm>

#include "table/type_merging.h"

namespace flink::planner {

using table::ExpressionKind;

RelationPointer Builder::filter(RelationPointer input, const ExpressionPointer& condition) {
  if (!condition) return input;
  auto node = std::make_shared<Filter>();
  node->columns = input->columns;
  node->condition = condition;
  node->inputs = {std::move(input)};
  return node;
}

RelationPointer Builder::pick(RelationPointer input, std::vector<Column> columns) {
  auto node = std::make_shared<Project>();
  for (const Column& column : columns) {
    node->expressions.push_back(column_of(*find_column(*input, column.id)));
  }
  node->columns = std::move(columns);
  node->inputs = {std::move(input)};
  return node;
}

RelationPointer Builder::project(RelationPointer input,
                                 const std::vector<ExpressionPointer>& expressions,
                                 const std::vector<std::string>& names) {
  auto node = std::make_shared<Project>();
  ColumnSet taken;
  for (std::size_t i = 0; i < expressions.size(); ++i) {
    const auto& expression = expressions[i];
    const Column* const known = expression->kind == ExpressionKind::column
                                    ? find_column(*input, expression->column)
                                    : nullptr;
    Column out = column(names[i], expression->type, known ? known->time : TimeAttribute::none);
    // The same column twice would be one id twice.
    if (known && taken.insert(known->id).second) out.id = known->id;
    node->columns.push_back(std::move(out));
  }
  node->expressions = expressions;
  node->inputs = {std::move(input)};
  return node;
}

RelationPointer Builder::distinct(RelationPointer input) {
  auto node = std::make_shared<Aggregate>();
  node->columns = input->columns;
  for (Column& column : node->columns) {
    node->group.push_back(column.id);
    column.time = TimeAttribute::none;
  }
  node->inputs = {std::move(input)};
  return node;
}

RelationPointer Builder::renamed(RelationPointer input, const std::vector<std::string>& names) {
  auto node = std::make_shared<Project>();
  for (std::size_t i = 0; i < input->columns.size(); ++i) {
    const Column& from = input->columns[i];
    node->columns.push_back(column(names[i], from.type, from.time));
    node->expressions.push_back(column_of(from));
  }
  node->inputs = {std::move(input)};
  return node;
}

namespace {

bool within(const table::Expression& expression, const Relation& side) {
  const ColumnSet used = columns_of(expression);
  return !used.empty() && std::all_of(used.begin(), used.end(), [&](ColumnId id) {
    return find_column(side, id) != nullptr;
  });
}

bool pads_left(JoinType type) { return type == JoinType::right || type == JoinType::full; }
bool pads_right(JoinType type) { return type == JoinType::left || type == JoinType::full; }

void add_side(std::vector<Column>& out, const Relation& side, bool padded) {
  for (Column column : side.columns) {
    if (padded) column.type = column.type.with_nullable(true);
    out.push_back(std::move(column));
  }
}

}  // namespace

RelationPointer Builder::join(JoinType type, RelationPointer left, RelationPointer right,
                              std::vector<ExpressionPointer> conditions) {
  auto node = std::make_shared<Join>();
  node->type = type;
  Projector left_keys{*this, left}, right_keys{*this, right};
  left_keys.keep_all();
  right_keys.keep_all();
  std::vector<ExpressionPointer> residual;
  for (auto& condition : conditions) {
    const bool equal = table::comparison_of(*condition) == table::Comparison::equal;
    const bool null_safe = table::is_not_distinct_from(*condition);
    if (equal || null_safe) {
      ExpressionPointer a = condition->arguments[0], b = condition->arguments[1];
      if (within(*a, *right) && within(*b, *left)) std::swap(a, b);
      if (within(*a, *left) && within(*b, *right) && a->type.same(b->type)) {
        node->keys.push_back({left_keys.add(a), right_keys.add(b), null_safe});
        continue;
      }
    }
    residual.push_back(std::move(condition));
  }
  node->residual = conjunction(std::move(residual));
  std::vector<Column> columns;
  add_side(columns, *left, pads_left(type));
  if (type != JoinType::semi && type != JoinType::anti) {
    add_side(columns, *right, pads_right(type));
  }
  node->inputs = {left_keys.finish(), right_keys.finish()};
  const bool computed = node->inputs[0] != left || node->inputs[1] != right;
  if (!computed) {
    node->columns = std::move(columns);
    return node;
  }
  add_side(node->columns, *node->inputs[0], pads_left(type));
  if (type != JoinType::semi && type != JoinType::anti) {
    add_side(node->columns, *node->inputs[1], pads_right(type));
  }
  return pick(std::move(node), std::move(columns));
}

RelationPointer Builder::union_all(std::vector<RelationPointer> inputs,
                                   std::vector<Column> columns) {
  auto node = std::make_shared<UnionAll>();
  node->inputs = std::move(inputs);
  node->columns = std::move(columns);
  return node;
}

RelationPointer Builder::one_row() {
  auto node = std::make_shared<Values>();
  node->columns = {column("ZERO", LogicalType{table::TypeRoot::integer}.not_null())};
  node->rows = {{table::literal_expression(node->columns[0].type, table::Datum{std::int32_t{0}})}};
  return node;
}

AggregateCall Builder::call(std::string_view function, std::vector<ExpressionPointer> arguments,
                            bool grouped, const table::Session& session) {
  AggregateCall out;
  out.function = function;
  table::AggregateUse use;
  use.grouped = grouped;
  out.bound = table::bind_aggregate(function, {}, std::move(arguments), use, session);
  return out;
}

void Projector::keep_all() {
  kept_ = true;
  for (const Column& column : input_->columns) {
    columns_.push_back(column);
    expressions_.push_back(column_of(column));
  }
}

ColumnId Projector::add(const ExpressionPointer& expression, std::string name) {
  for (std::size_t i = 0; i < expressions_.size(); ++i) {
    if (same(*expressions_[i], *expression)) return columns_[i].id;
  }
  const Column* const known = expression->kind == ExpressionKind::column
                                  ? find_column(*input_, expression->column)
                                  : nullptr;
  if (known) {
    columns_.push_back(*known);
  } else {
    if (name.empty()) name = "$f" + std::to_string(columns_.size());
    columns_.push_back(builder_.column(std::move(name), expression->type));
    computed_ = true;
  }
  expressions_.push_back(expression);
  return columns_.back().id;
}

const Column& Projector::column(ColumnId id) const {
  const auto found = std::find_if(columns_.begin(), columns_.end(),
                                  [&](const Column& column) { return column.id == id; });
  FLINK_CHECK(found != columns_.end(), id);
  return *found;
}

RelationPointer Projector::finish() {
  if (kept_ && !computed_) return input_;
  auto node = std::make_shared<Project>();
  node->inputs = {input_};
  node->columns = columns_;
  node->expressions = expressions_;
  return node;
}

}  // namespace flink::planner
