// SPDX-License-Identifier: Apache-2.0
// Sub-queries as values: each is joined to the rows that ask, and a column says what it gave.
#include "planner/decorrelate.h"
#include "planner/query_binder.h"

namespace flink::planner {

using table::Comparison;
using table::ExpressionKind;
using table::reject;
using table::TypeRoot;

namespace {

const LogicalType boolean{TypeRoot::boolean};

ExpressionPointer known_or(ExpressionPointer value, bool otherwise) {
  return table::form_expression(ExpressionKind::first_known, boolean.not_null(),
                                {std::move(value), truth(otherwise)});
}

ExpressionPointer choice(std::vector<ExpressionPointer> arguments) {
  return table::form_expression(ExpressionKind::choice, boolean, std::move(arguments));
}

bool gives_one_row(const Relation& node) {
  if (const auto* aggregate = try_as<Aggregate>(node)) return aggregate->group.empty();
  if (const auto* values = try_as<Values>(node)) return values->rows.size() == 1;
  return node.kind == RelationKind::project && gives_one_row(node.input());
}

}  // namespace

ExpressionPointer QueryBinder::bind_sub_query(const sql::Expression& node,
                                              const ClauseScope& scope) {
  const auto need_place = [&] {
    if (scope.relation) return;
    reject(node.range, "a sub-query cannot stand in " + std::string{scope.clause});
  };
  if (const auto* sub = sql::try_as<sql::SubQuery>(&node)) {
    need_place();
    if (sub->sub_query == sql::SubQueryKind::scalar) {
      return scalar_value(*sub->query, node.range, scope);
    }
    if (sub->sub_query == sql::SubQueryKind::exists) return exists_value(*sub->query, scope);
    reject(node.range, "this kind of sub-query is not supported");
  }
  if (const auto* in = sql::try_as<sql::In>(&node); in && in->query) {
    need_place();
    const auto left = bind_value(*in->operand, scope);
    auto value = in_value(left, bind_query(*in->query, &scope), node.range, scope);
    return in->negated ? table::not_expression(value) : value;
  }
  if (const auto* any = sql::try_as<sql::Quantified>(&node)) {
    if (any->query) need_place();
    return quantified_value(*any, scope);
  }
  return nullptr;
}

ExpressionPointer QueryBinder::scalar_value(const sql::Query& query, sql::Range range,
                                            const ClauseScope& scope) {
  auto right = bind_query(query, &scope);
  if (right->columns.size() != 1) {
    reject(range, "a sub-query as a value has one column, and this has " +
                      std::to_string(right->columns.size()));
  }
  if (!gives_one_row(*right)) {
    right = whole(right, {{"SINGLE_VALUE", column_of(right->columns[0])}});
  }
  const ColumnId id = right->columns[0].id;
  *scope.relation = join_sub_query(JoinType::left, *scope.relation, std::move(right), {});
  return column_of(*find_column(**scope.relation, id));
}

// Aggregates over all rows of a relation.
RelationPointer QueryBinder::whole(RelationPointer input, const NamedCalls& calls) {
  Projector projector{builder_, input};
  auto node = std::make_shared<Aggregate>();
  for (const auto& [function, argument] : calls) {
    std::vector<ExpressionPointer> arguments;
    if (argument) arguments.push_back(argument);
    AggregateCall call = builder_.call(function, std::move(arguments), false, functions_);
    for (const auto& one : call.bound.arguments) call.arguments.push_back(projector.add(one));
    node->columns.push_back(builder_.column(function, call.bound.call.result));
    node->calls.push_back(std::move(call));
  }
  node->inputs = {projector.finish()};
  return node;
}

ExpressionPointer QueryBinder::exists_value(const sql::Query& query, const ClauseScope& scope) {
  auto right = bind_query(query, &scope);
  right = builder_.distinct(builder_.project(std::move(right), {truth(true)}, {"$exists"}));
  const ColumnId id = right->columns[0].id;
  *scope.relation = join_sub_query(JoinType::left, *scope.relation, std::move(right), {});
  return known_or(column_of(*find_column(**scope.relation, id)), false);
}

ExpressionPointer QueryBinder::in_value(const ExpressionPointer& left, RelationPointer right,
                                        sql::Range range, const ClauseScope& scope) {
  const auto equal = in_conditions({left}, *right, range);
  const Column column = right->columns[0];
  // Found: the value is among the distinct ones.
  auto found = builder_.distinct(right);
  auto marked = builder_.project(found, {column_of(found->columns[0]), truth(true)}, {"v", "$in"});
  const ColumnId mark = marked->columns[1].id;
  *scope.relation = join_sub_query(JoinType::left, *scope.relation, marked, equal);
  const auto in = column_of(*find_column(**scope.relation, mark));
  if (!left->type.nullable() && !column.type.nullable()) return known_or(in, false);
  // Not found: unknown if there is a NULL on either side, but not in nothing.
  auto copy = builder_.renamed(right, {"v"});
  auto counts = whole(copy, {{"COUNT", nullptr}, {"COUNT", column_of(copy->columns[0])}});
  const ColumnId rows = counts->columns[0].id, known = counts->columns[1].id;
  *scope.relation = join_sub_query(JoinType::left, *scope.relation, std::move(counts), {});
  const auto all = column_of(*find_column(**scope.relation, rows));
  const auto not_null = column_of(*find_column(**scope.relation, known));
  const auto some =
      known_or(table::compare_expression(Comparison::greater, all, number_literal(0)), false);
  const auto has_null = known_or(table::compare_expression(Comparison::less, not_null, all), false);
  return choice({known_or(in, false), truth(true), table::not_expression(some), truth(false),
                 table::null_test(left), null_of(boolean), has_null, null_of(boolean),
                 truth(false)});
}

namespace {

bool is_less(Comparison op) { return op == Comparison::less || op == Comparison::less_equal; }

}  // namespace

// x < ALL (...): by the least and the greatest of all.
ExpressionPointer QueryBinder::quantified_value(const sql::Quantified& node,
                                                const ClauseScope& scope) {
  const auto op = table::comparison_operator(node.op);
  if (!op) reject(node.range, "this operator is not supported here");
  const auto left = bind_value(*node.operand, scope);
  const auto compare = [&](const ExpressionPointer& right) {
    auto out = table::compare_expression(*op, left, right);
    if (!out) {
      reject(node.range,
             left->type.summary() + " and " + right->type.summary() + " cannot be compared");
    }
    return out;
  };
  if (!node.query) {
    std::vector<ExpressionPointer> tests;
    for (const sql::Node item : node.list) tests.push_back(compare(bind_value(*item, scope)));
    return table::form_expression(
        node.all ? ExpressionKind::conjunction : ExpressionKind::disjunction, boolean,
        std::move(tests));
  }
  auto right = bind_query(*node.query, &scope);
  if (*op == Comparison::equal && !node.all) return in_value(left, right, node.range, scope);
  if (*op == Comparison::not_equal && node.all) {
    return table::not_expression(in_value(left, right, node.range, scope));
  }
  if (right->columns.size() != 1) reject(node.range, "the sub-query has one column");
  const auto value = column_of(right->columns[0]);
  auto counts =
      whole(right, {{"MIN", value}, {"MAX", value}, {"COUNT", nullptr}, {"COUNT", value}});
  ColumnIds ids;
  for (const Column& column : counts->columns) ids.push_back(column.id);
  *scope.relation = join_sub_query(JoinType::left, *scope.relation, std::move(counts), {});
  const auto column = [&](std::size_t i) {
    return column_of(*find_column(**scope.relation, ids[i]));
  };
  const auto none = table::not_expression(known_or(
      table::compare_expression(Comparison::greater, column(2), number_literal(0)), false));
  const auto has_null =
      known_or(table::compare_expression(Comparison::less, column(3), column(2)), false);
  ExpressionPointer test;
  if (*op == Comparison::equal || *op == Comparison::not_equal) {
    // = ALL holds when it does for both ends, <> ANY when it does for one.
    test =
        table::form_expression(node.all ? ExpressionKind::conjunction : ExpressionKind::disjunction,
                               boolean, {compare(column(0)), compare(column(1))});
  } else {
    test = compare(column(is_less(*op) == node.all ? 0 : 1));
  }
  if (node.all) {
    return choice({none, truth(true), table::not_expression(known_or(test, true)), truth(false),
                   has_null, null_of(boolean), test});
  }
  return choice(
      {none, truth(false), known_or(test, false), truth(true), has_null, null_of(boolean), test});
}

RelationPointer QueryBinder::join_sub_query(JoinType type, RelationPointer left,
                                            RelationPointer right,
                                            std::vector<ExpressionPointer> conditions) {
  if (free_columns(right).empty()) {
    return builder_.join(type, std::move(left), std::move(right), std::move(conditions));
  }
  return decorrelated_join(builder_, type, std::move(left), std::move(right),
                           std::move(conditions));
}

}  // namespace flink::planner
