// SPDX-License-Identifier: Apache-2.0
// Joins in FROM: ON, USING, NATURAL, LATERAL, versions of a table (FOR SYSTEM_TIME AS OF).
#include <algorithm>

#include "planner/query_binder.h"
#include "table/type_merging.h"

namespace flink::planner {

using table::reject;

namespace {

JoinType type_of(sql::JoinKind kind) {
  switch (kind) {
    case sql::JoinKind::left:
      return JoinType::left;
    case sql::JoinKind::right:
      return JoinType::right;
    case sql::JoinKind::full:
      return JoinType::full;
    default:
      return JoinType::inner;
  }
}

sql::Node system_time_of(const sql::Relation& node) {
  if (node.kind == sql::RelationKind::table) return sql::as<sql::TableReference>(node).system_time;
  if (node.kind == sql::RelationKind::derived) return sql::as<sql::DerivedTable>(node).system_time;
  return nullptr;
}

const Column* named_column(const From& from, std::string_view name, sql::Range range) {
  const Column* found = nullptr;
  for (const Source& source : from.sources) {
    for (const Column& column : source.columns) {
      if (column.name != name) continue;
      if (found) reject(range, "column '" + std::string{name} + "' is ambiguous");
      found = &column;
    }
  }
  return found;
}

std::vector<std::string> common_names(const From& left, const From& right) {
  std::vector<std::string> out;
  for (const Source& source : left.sources) {
    for (const Column& column : source.columns) {
      const bool both =
          std::any_of(right.sources.begin(), right.sources.end(), [&](const Source& other) {
            return std::any_of(other.columns.begin(), other.columns.end(),
                               [&](const Column& one) { return one.name == column.name; });
          });
      if (both && std::find(out.begin(), out.end(), column.name) == out.end()) {
        out.push_back(column.name);
      }
    }
  }
  return out;
}

From both_sides(From left, From right, RelationPointer relation) {
  From out;
  out.relation = std::move(relation);
  out.sources = std::move(left.sources);
  out.sources.insert(out.sources.end(), right.sources.begin(), right.sources.end());
  out.merged = std::move(left.merged);
  out.merged.insert(out.merged.end(), right.merged.begin(), right.merged.end());
  return out;
}

// The left and the right as they are before they are joined.
From side_by_side(const From& left, const From& right) {
  auto columns = std::make_shared<Values>();
  columns->columns = left.relation->columns;
  columns->columns.insert(columns->columns.end(), right.relation->columns.begin(),
                          right.relation->columns.end());
  return both_sides(left, right, columns);
}

// Columns that both have under one name are one.
void merge_columns(From& joined, JoinType type, const std::vector<std::string>& names,
                   const From& left, const From& right) {
  for (const std::string& name : names) {
    const Column* const a = named_column(left, name, {});
    const Column* const b = named_column(right, name, {});
    const auto value_of = [&](const Column& column) {
      for (const Merged& merged : joined.merged) {
        if (merged.of.count(column.id) != 0) return merged.value;
      }
      return column_of(*find_column(*joined.relation, column.id));
    };
    auto l = value_of(*a), r = value_of(*b);
    ExpressionPointer value = type == JoinType::right ? r : l;
    if (type == JoinType::full) {
      const LogicalType both[] = {l->type, r->type};
      const auto common = table::least_restrictive_type(both).value_or(l->type);
      value = table::form_expression(table::ExpressionKind::first_known, common,
                                     {table::cast_to(l, common), table::cast_to(r, common)});
    }
    ColumnSet of{a->id, b->id};
    std::erase_if(joined.merged, [&](const Merged& one) {
      const bool old = one.of.count(a->id) != 0 || one.of.count(b->id) != 0;
      if (old) of.insert(one.of.begin(), one.of.end());
      return old;
    });
    joined.merged.push_back({name, value, of});
  }
}

}  // namespace

From QueryBinder::bind_join(const sql::Join& node, const ClauseScope* outer) {
  From left = bind_from(*node.left, outer);
  const bool lateral = node.right->kind == sql::RelationKind::unnest ||
                       (node.right->kind == sql::RelationKind::derived &&
                        sql::as<sql::DerivedTable>(*node.right).lateral);
  if (lateral) return bind_lateral(std::move(left), *node.right, node, outer);
  From right = bind_from(*node.right, outer);
  if (const sql::Node time = system_time_of(*node.right)) {
    return bind_temporal_join(std::move(left), std::move(right), node, time, outer);
  }
  const JoinType type = type_of(node.join);
  std::vector<ExpressionPointer> conditions;
  From beside = side_by_side(left, right);
  // Sub-queries in ON join the left.
  if (node.condition) {
    ClauseScope scope{*this, beside, outer};
    scope.clause = "ON";
    conditions = conjuncts(bind_condition(*node.condition, scope));
  }
  std::vector<std::string> names;
  if (node.natural) names = common_names(left, right);
  for (const sql::Name& name : node.using_columns) {
    for (const From* side : {&left, &right}) {
      if (named_column(*side, name.text, name.range)) continue;
      reject(name.range, "there is no column '" + std::string{name.text} + "' in both tables");
    }
    names.emplace_back(name.text);
  }
  for (const std::string& name : names) {
    const sql::Range range = node.using_columns.empty() ? node.range : node.using_columns[0].range;
    auto equal = table::compare_expression(table::Comparison::equal,
                                           column_of(*named_column(left, name, range)),
                                           column_of(*named_column(right, name, range)));
    if (!equal) reject(range, "the columns '" + name + "' cannot be compared");
    conditions.push_back(std::move(equal));
  }
  auto relation = builder_.join(type, left.relation, right.relation, std::move(conditions));
  From out = both_sides(left, right, std::move(relation));
  merge_columns(out, type, names, left, right);
  return out;
}

// The right names columns of the left.
From QueryBinder::bind_lateral(From left, const sql::Relation& right, const sql::Join& node,
                               const ClauseScope* outer) {
  const bool is_outer = node.join == sql::JoinKind::left;
  if (node.join == sql::JoinKind::right || node.join == sql::JoinKind::full) {
    reject(node.range, "what follows LATERAL or is in UNNEST joins INNER, CROSS or LEFT");
  }
  const auto* literal = sql::try_as<sql::Literal>(node.condition);
  const bool always = !node.condition || (literal && literal->value == "TRUE");
  if (right.kind == sql::RelationKind::unnest) {
    const std::size_t columns = left.relation->columns.size();
    From out = bind_unnest(std::move(left), sql::as<sql::Unnest>(right), is_outer, outer);
    if (always) return out;
    ClauseScope scope{*this, out, outer};
    scope.clause = "ON";
    auto condition = bind_condition(*node.condition, scope);
    if (!is_outer) {
      out.relation = Builder::filter(out.relation, condition);
      return out;
    }
    (void)columns;
    auto unnest = std::make_shared<Unnest>(as<Unnest>(*out.relation));
    unnest->residual = std::move(condition);
    out.relation = unnest;
    return out;
  }
  ClauseScope scope{*this, left, outer};
  From other = named(bind_query(*sql::as<sql::DerivedTable>(right).query, &scope), right, "");
  std::vector<ExpressionPointer> conditions;
  if (!always) {
    From beside = side_by_side(left, other);
    ClauseScope both{*this, beside, outer};
    both.clause = "ON";
    conditions = conjuncts(bind_condition(*node.condition, both));
  }
  auto relation = join_sub_query(is_outer ? JoinType::left : JoinType::inner, left.relation,
                                 other.relation, std::move(conditions));
  return both_sides(std::move(left), std::move(other), std::move(relation));
}

From QueryBinder::bind_temporal_join(From left, From right, const sql::Join& node, sql::Node time,
                                     const ClauseScope* outer) {
  ClauseScope of_left{*this, left, outer};
  of_left.clause = "FOR SYSTEM_TIME AS OF";
  const auto as_of = bind_value(*time, of_left);
  const Column* const column = as_of->kind == table::ExpressionKind::column
                                   ? find_column(*left.relation, as_of->column)
                                   : nullptr;
  if (!column || (column->time == TimeAttribute::none && session_.streaming())) {
    reject(time->range, "FOR SYSTEM_TIME AS OF takes a time attribute of the left table",
           "declare a WATERMARK FOR it in its table");
  }
  const JoinType type = type_of(node.join);
  if (type == JoinType::right || type == JoinType::full) {
    reject(node.range, "a join with versions of a table is INNER or LEFT");
  }
  if (column->time == TimeAttribute::proctime) {
    reject(time->range, "a lookup join is not supported: no connector here can be looked up");
  }
  std::vector<ExpressionPointer> conditions;
  if (node.condition) {
    From beside = side_by_side(left, right);
    ClauseScope scope{*this, beside, outer};
    scope.clause = "ON";
    conditions = conjuncts(bind_condition(*node.condition, scope));
  }
  auto relation = builder_.join(type, left.relation, right.relation, std::move(conditions));
  const bool picked = relation->kind == RelationKind::project;
  auto join = std::make_shared<Join>(as<Join>(picked ? relation->input() : *relation));
  if (join->keys.empty()) {
    reject(node.range, "a join with versions of a table needs an equality with its primary key");
  }
  join->as_of = column->id;
  // The left's time goes on.
  relation = join;
  From out = both_sides(std::move(left), std::move(right), relation);
  return out;
}

}  // namespace flink::planner
