// SPDX-License-Identifier: Apache-2.0
// WITH, set operations, VALUES, ORDER BY and LIMIT of a whole query.
#include <algorithm>

#include "planner/select_state.h"
#include "table/evaluate.h"
#include "table/type_merging.h"

namespace flink::planner {

using table::reject;

void QueryBinder::throw_errors() {
  if (errors_.empty()) return;
  auto all = std::exchange(errors_, {});
  std::stable_sort(all.begin(), all.end(),
                   [](const auto& a, const auto& b) { return a.range.begin < b.range.begin; });
  throw PlanError{std::move(all)};
}

ExpressionPointer QueryBinder::bind_value(const sql::Expression& node, const ClauseScope& scope) {
  return table::Binder{table::builtins(), functions_, &scope}.bind(node);
}

ExpressionPointer QueryBinder::bind_condition(const sql::Expression& node,
                                              const ClauseScope& scope) {
  auto condition = table::Binder{table::builtins(), functions_, &scope}.bind(node);
  if (!condition->type.is(table::TypeRoot::boolean)) {
    reject(node.range, std::string{scope.clause} + " takes a condition, and this is " +
                           condition->type.summary());
  }
  return condition;
}

RelationPointer QueryBinder::bind_query(const sql::Query& query, const ClauseScope* outer) {
  const WithScope* const before = with_;
  std::vector<std::unique_ptr<WithScope>> items;
  if (query.recursive) reject(query.range, "WITH RECURSIVE is not supported");
  for (const sql::WithItem& item : query.with) {
    items.push_back(std::make_unique<WithScope>(WithScope{&item, with_, outer}));
    with_ = items.back().get();
  }
  RelationPointer out;
  try {
    out = bind_ordered(query, outer);
  } catch (...) {
    with_ = before;
    throw;
  }
  with_ = before;
  return out;
}

RelationPointer QueryBinder::bind_ordered(const sql::Query& query, const ClauseScope* outer) {
  if (query.body->kind == sql::BodyKind::select) {
    return bind_select(sql::as<sql::Select>(*query.body), &query, outer);
  }
  return ordered(bind_body(*query.body, outer), query);
}

RelationPointer QueryBinder::bind_body(const sql::QueryBody& body, const ClauseScope* outer) {
  switch (body.kind) {
    case sql::BodyKind::select:
      return bind_select(sql::as<sql::Select>(body), nullptr, outer);
    case sql::BodyKind::set_operation:
      return bind_set_operation(sql::as<sql::SetOperation>(body), outer);
    case sql::BodyKind::values:
      return bind_values(sql::as<sql::Values>(body), outer);
    case sql::BodyKind::nested:
      return bind_query(*sql::as<sql::NestedQuery>(body).query, outer);
    case sql::BodyKind::table:
      break;
  }
  return bind_table_body(sql::as<sql::TableBody>(body).name, {}, outer).relation;
}

namespace {

const sql::List<sql::Node> fields_of(sql::Node row) {
  if (const auto* constructor = sql::try_as<sql::Constructor>(row)) {
    if (constructor->constructor == sql::ConstructorKind::tuple ||
        constructor->constructor == sql::ConstructorKind::row) {
      return constructor->elements;
    }
  }
  return {};
}

bool all_become(const std::vector<LogicalType>& types, const LogicalType& common) {
  return std::all_of(types.begin(), types.end(), [&](const LogicalType& type) {
    return type.is(table::TypeRoot::null) ||
           table::implicit_cast_exists(type.with_nullable(true), common.with_nullable(true));
  });
}

}  // namespace

RelationPointer QueryBinder::bind_values(const sql::Values& values, const ClauseScope* outer) {
  const From nothing{builder_.one_row(), {}, {}};
  ClauseScope scope{*this, nothing, outer};
  scope.clause = "VALUES";
  std::vector<std::vector<ExpressionPointer>> rows;
  for (const sql::Node row : values.rows) {
    auto& bound = rows.emplace_back();
    const auto fields = fields_of(row);
    const table::Binder binder{table::builtins(), functions_, &scope};
    // A NULL takes the type of the others in its column.
    const auto add = [&](const sql::Expression& node) {
      const auto* literal = sql::try_as<sql::Literal>(&node);
      const bool null = literal && literal->literal == sql::LiteralKind::null;
      bound.push_back(null ? table::literal_expression(LogicalType{}, table::Datum{})
                           : bind_value(node, scope));
    };
    if (fields.empty()) {
      add(*row);
    } else {
      for (const sql::Node field : fields) add(*field);
    }
    if (bound.size() != rows.front().size()) {
      reject(values.range, "the rows of VALUES have different numbers of columns");
    }
  }
  std::vector<Column> columns;
  for (std::size_t i = 0; i < rows.front().size(); ++i) {
    std::vector<LogicalType> types;
    for (const auto& row : rows) types.push_back(row[i]->type);
    auto type = table::least_restrictive_type(types);
    if (type && !all_become(types, *type)) type.reset();
    if (!type) {
      reject(values.range,
             "the values of column " + std::to_string(i + 1) + " have no type in common");
    }
    if (type->is(table::TypeRoot::null)) reject(values.range, "NULL has no type here");
    for (auto& row : rows) row[i] = table::cast_to(row[i], *type);
    columns.push_back(builder_.column("EXPR$" + std::to_string(i), *type));
  }
  const bool constant = std::all_of(rows.begin(), rows.end(), [](const auto& row) {
    return std::all_of(row.begin(), row.end(),
                       [](const auto& value) { return columns_of(*value).empty(); });
  });
  if (!constant) {
    std::vector<RelationPointer> parts;
    std::vector<std::string> names;
    for (const Column& column : columns) names.push_back(column.name);
    for (const auto& row : rows) parts.push_back(builder_.project(builder_.one_row(), row, names));
    return parts.size() == 1 ? parts.front() : builder_.union_all(parts, columns);
  }
  auto node = std::make_shared<Values>();
  node->columns = std::move(columns);
  node->rows = std::move(rows);
  return node;
}

static std::string_view operator_text(sql::SetOperator op) {
  constexpr std::string_view texts[] = {"UNION", "INTERSECT", "EXCEPT"};
  return texts[static_cast<std::size_t>(op)];
}

RelationPointer QueryBinder::bind_set_operation(const sql::SetOperation& node,
                                                const ClauseScope* outer) {
  std::vector<RelationPointer> inputs;
  for (const sql::QueryBody* operand : node.operands) inputs.push_back(bind_body(*operand, outer));
  const Relation& first = *inputs.front();
  for (std::size_t i = 1; i < inputs.size(); ++i) {
    if (inputs[i]->columns.size() != first.columns.size()) {
      reject(node.operands[i]->range, std::string{operator_text(node.op)} +
                                          " takes queries of as many columns: here are " +
                                          std::to_string(first.columns.size()) + " and " +
                                          std::to_string(inputs[i]->columns.size()));
    }
  }
  std::vector<Column> columns;
  std::vector<std::string> names;
  for (std::size_t i = 0; i < first.columns.size(); ++i) {
    std::vector<LogicalType> types;
    auto time = first.columns[i].time;
    for (const auto& input : inputs) {
      types.push_back(input->columns[i].type);
      if (input->columns[i].time != time) time = TimeAttribute::none;
    }
    auto type = table::least_restrictive_type(types);
    if (type && !all_become(types, *type)) type.reset();
    if (!type) {
      reject(node.range, "column " + std::to_string(i + 1) + " of " +
                             std::string{operator_text(node.op)} + " has types with nothing in " +
                             "common: " + types.front().summary() + " and " +
                             types.back().summary());
    }
    columns.push_back(builder_.column(first.columns[i].name, *type, time));
    names.push_back(first.columns[i].name);
  }
  for (auto& input : inputs) {
    std::vector<ExpressionPointer> cast;
    bool casts = false;
    for (std::size_t i = 0; i < columns.size(); ++i) {
      cast.push_back(table::cast_to(column_of(input->columns[i]), columns[i].type));
      casts = casts || cast.back()->kind != table::ExpressionKind::column;
    }
    if (casts) input = builder_.project(input, cast, names);
  }
  if (node.op == sql::SetOperator::union_) {
    auto out = builder_.union_all(std::move(inputs), std::move(columns));
    return node.all ? out : builder_.distinct(out);
  }
  if (node.all) return count_rows(std::move(inputs), node.op == sql::SetOperator::intersect);
  RelationPointer out = builder_.distinct(inputs.front());
  for (std::size_t i = 1; i < inputs.size(); ++i) {
    std::vector<ExpressionPointer> conditions;
    for (std::size_t c = 0; c < columns.size(); ++c) {
      conditions.push_back(table::distinct_expression(false, column_of(out->columns[c]),
                                                      column_of(inputs[i]->columns[c])));
    }
    const bool intersect = node.op == sql::SetOperator::intersect;
    out = builder_.join(intersect ? JoinType::semi : JoinType::anti, out, inputs[i],
                        std::move(conditions));
  }
  return out;
}

// INTERSECT ALL and EXCEPT ALL: how often each row is in either is counted, then repeated.
RelationPointer QueryBinder::count_rows(std::vector<RelationPointer> inputs, bool intersect) {
  RelationPointer out = inputs.front();
  // Each occurrence gets its number: the same numbers are in both as often as the row is.
  const auto numbered = [&](RelationPointer input) {
    auto rank = std::make_shared<Rank>();
    rank->columns = input->columns;
    for (const Column& column : input->columns) rank->partition.push_back(column.id);
    rank->number = true;
    rank->columns.push_back(
        builder_.column("$number", LogicalType{table::TypeRoot::bigint}.not_null()));
    rank->inputs = {std::move(input)};
    return RelationPointer{rank};
  };
  out = numbered(out);
  for (std::size_t i = 1; i < inputs.size(); ++i) {
    const auto other = numbered(inputs[i]);
    std::vector<ExpressionPointer> conditions;
    for (std::size_t c = 0; c < out->columns.size(); ++c) {
      conditions.push_back(table::distinct_expression(false, column_of(out->columns[c]),
                                                      column_of(other->columns[c])));
    }
    out = builder_.join(intersect ? JoinType::semi : JoinType::anti, out, other,
                        std::move(conditions));
  }
  std::vector<Column> kept(out->columns.begin(), out->columns.end() - 1);
  return Builder::pick(out, kept);
}

static std::optional<std::int64_t> row_count(sql::Node node, std::string_view what) {
  if (!node) return {};
  const auto* literal = sql::try_as<sql::Literal>(node);
  if (!literal || literal->literal != sql::LiteralKind::exact ||
      literal->value.find('.') != std::string_view::npos || literal->value.size() > 18) {
    reject(node->range, std::string{what} + " takes a number of rows");
  }
  return std::stoll(std::string{literal->value});
}

RelationPointer QueryBinder::limited(RelationPointer input, std::vector<SortKey> order,
                                     const sql::Query& query) const {
  const auto offset = row_count(query.offset, "OFFSET"), limit = row_count(query.limit, "LIMIT");
  if (order.empty() && !offset && !limit) return input;
  auto node = std::make_shared<Sort>();
  node->columns = input->columns;
  node->inputs = {std::move(input)};
  node->order = std::move(order);
  node->offset = offset.value_or(0);
  node->limit = limit;
  return node;
}

bool is_ordinal(const sql::Literal& literal) {
  return literal.literal == sql::LiteralKind::exact &&
         literal.value.find('.') == std::string_view::npos;
}

SortKey sort_key(ColumnId column, const sql::OrderItem& item) {
  using Nulls = sql::OrderItem::Nulls;
  return {column, item.descending,
          item.nulls == Nulls::unsaid ? item.descending : item.nulls == Nulls::last};
}

// Of anything but a SELECT: by columns of the output alone.
RelationPointer QueryBinder::ordered(RelationPointer input, const sql::Query& query) {
  const std::vector<Column> columns = input->columns;
  From from{input, {{"", columns}}, {}};
  ClauseScope scope{*this, from, nullptr};
  scope.clause = "ORDER BY";
  Projector projector{builder_, input};
  projector.keep_all();
  std::vector<SortKey> order;
  for (const sql::OrderItem& item : query.order_by) {
    attempt([&] {
      const auto* literal = sql::try_as<sql::Literal>(item.value);
      if (literal && is_ordinal(*literal)) {
        const std::size_t ordinal = std::stoul(std::string{literal->value.substr(0, 9)});
        if (ordinal < 1 || ordinal > columns.size())
          reject(item.value->range, "there is no such column");
        order.push_back(sort_key(columns[ordinal - 1].id, item));
        return;
      }
      order.push_back(sort_key(projector.add(bind_value(*item.value, scope)), item));
    });
  }
  throw_errors();
  auto out = limited(projector.finish(), std::move(order), query);
  return out->columns.size() == columns.size() ? out : Builder::pick(out, columns);
}

}  // namespace flink::planner
