// SPDX-License-Identifier: Apache-2.0
// SELECT: clause by clause, in SQL's order.
#include "planner/select_state.h"
#include "planner/walk.h"
#include "table/evaluate.h"

namespace flink::planner {

using table::reject;

namespace {

bool has_sub_query(const sql::Expression& node) {
  if (node.kind == sql::ExpressionKind::sub_query) return true;
  if (const auto* in = sql::try_as<sql::In>(&node); in && in->query) return true;
  if (const auto* any = sql::try_as<sql::Quantified>(&node); any && any->query) return true;
  bool found = false;
  for_each_child(node,
                 [&](const sql::Expression& child) { found = found || has_sub_query(child); });
  return found;
}

void add_parts(const sql::Expression& node, std::vector<const sql::Expression*>& out) {
  const auto* chain = sql::try_as<sql::Chain>(&node);
  if (!chain || chain->op != sql::ChainOperator::and_) {
    out.push_back(&node);
    return;
  }
  for (const sql::Node operand : chain->operands) add_parts(*operand, out);
}

// What Flink calls a column that has no name.
std::string name_of(const sql::SelectItem& item, std::size_t position) {
  if (item.alias) return std::string{item.alias.text};
  if (const auto* name = sql::try_as<sql::NameReference>(item.value)) {
    return std::string{name->path.back().text};
  }
  if (const auto* field = sql::try_as<sql::Field>(item.value)) return std::string{field->name.text};
  return "EXPR$" + std::to_string(position);
}

// A name twice gets a number behind it: id, id0.
std::string free_name(const std::vector<std::string>& taken, const std::string& name) {
  std::string out = name;
  for (int i = 0; std::find(taken.begin(), taken.end(), out) != taken.end(); ++i) {
    out = name + std::to_string(i);
  }
  return out;
}

}  // namespace

RelationPointer QueryBinder::bind_select(const sql::Select& select, const sql::Query* query,
                                         const ClauseScope* outer) {
  SelectState state{select, query, outer};
  state.from = select.from ? bind_from(*select.from, outer) : From{builder_.one_row(), {}, {}};
  for (std::size_t i = 0; i < state.from.sources.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      const std::string& alias = state.from.sources[i].alias;
      if (!alias.empty() && alias == state.from.sources[j].alias) {
        reject(select.from->range, "'" + alias + "' names two tables in FROM",
               "give one of them another name with AS");
      }
    }
  }
  state.input = std::make_unique<ClauseScope>(*this, state.from, outer);
  state.input->relation = &state.from.relation;
  if (select.where) bind_where(state, select.where);
  throw_errors();
  bind_groups(state);
  if (select.having) {
    state.scope->clause = "HAVING";
    attempt([&] {
      auto condition = bind_condition(*select.having, *state.scope);
      state.current() = Builder::filter(state.current(), condition);
    });
  }
  throw_errors();
  bind_overs(state);
  throw_errors();
  if (select.qualify) {
    state.scope->clause = "QUALIFY";
    attempt([&] {
      auto condition = bind_condition(*select.qualify, *state.scope);
      state.current() = Builder::filter(state.current(), condition);
    });
  }
  state.scope->clause = "SELECT";
  bind_items(state);
  throw_errors();
  return finish_select(state);
}

void QueryBinder::bind_where(SelectState& state, const sql::Node& where) {
  state.input->clause = "WHERE";
  std::vector<const sql::Expression*> parts;
  add_parts(*where, parts);
  std::vector<ExpressionPointer> plain;
  for (const sql::Expression* part : parts) {
    if (has_sub_query(*part)) continue;
    attempt([&] { plain.push_back(bind_condition(*part, *state.input)); });
  }
  state.from.relation = Builder::filter(state.from.relation, conjunction(std::move(plain)));
  for (const sql::Expression* part : parts) {
    if (has_sub_query(*part)) attempt([&] { bind_where_part(state, *part); });
  }
}

void QueryBinder::bind_where_part(SelectState& state, const sql::Expression& node) {
  const auto* unary = sql::try_as<sql::Unary>(&node);
  const bool negated = unary && unary->op == sql::UnaryOperator::not_;
  if (bind_semi_join(state, negated ? *unary->operand : node, negated)) return;
  auto condition = bind_condition(node, *state.input);
  state.from.relation = Builder::filter(state.from.relation, condition);
}

// EXISTS and IN with a query, as a condition.
bool QueryBinder::bind_semi_join(SelectState& state, const sql::Expression& node, bool negated) {
  if (const auto* exists = sql::try_as<sql::SubQuery>(&node)) {
    if (exists->sub_query != sql::SubQueryKind::exists) return false;
    auto right = bind_query(*exists->query, state.input.get());
    state.from.relation = join_sub_query(negated ? JoinType::anti : JoinType::semi,
                                         state.from.relation, std::move(right), {});
    return true;
  }
  const auto* in = sql::try_as<sql::In>(&node);
  if (!in || !in->query || has_sub_query(*in->operand)) return false;
  const bool anti = negated != in->negated;
  const auto left = bind_left(*in->operand, *state.input);
  auto right = bind_query(*in->query, state.input.get());
  auto conditions = in_conditions(left, *right, in->range);
  for (auto& condition : conditions) {
    if (anti && condition->type.nullable()) {
      condition = table::form_expression(table::ExpressionKind::first_known, truth(true)->type,
                                         {condition, truth(true)});
    }
  }
  state.from.relation = join_sub_query(anti ? JoinType::anti : JoinType::semi, state.from.relation,
                                       std::move(right), std::move(conditions));
  return true;
}

std::vector<ExpressionPointer> QueryBinder::bind_left(const sql::Expression& node,
                                                      const ClauseScope& scope) {
  std::vector<ExpressionPointer> out;
  const auto* constructor = sql::try_as<sql::Constructor>(&node);
  if (constructor && constructor->constructor == sql::ConstructorKind::tuple) {
    for (const sql::Node element : constructor->elements) {
      out.push_back(bind_value(*element, scope));
    }
  } else {
    out.push_back(bind_value(node, scope));
  }
  return out;
}

std::vector<ExpressionPointer> QueryBinder::in_conditions(
    const std::vector<ExpressionPointer>& left, const Relation& right, sql::Range range) {
  if (left.size() != right.columns.size()) {
    reject(range, "IN compares " + std::to_string(left.size()) + " values with a query of " +
                      std::to_string(right.columns.size()) + " columns");
  }
  std::vector<ExpressionPointer> out;
  for (std::size_t i = 0; i < left.size(); ++i) {
    auto equal =
        table::compare_expression(table::Comparison::equal, left[i], column_of(right.columns[i]));
    if (!equal) {
      reject(range, "IN: " + left[i]->type.summary() + " and " + right.columns[i].type.summary() +
                        " cannot be compared");
    }
    out.push_back(std::move(equal));
  }
  return out;
}

void QueryBinder::bind_star(SelectState& state, const sql::Star& star) {
  if (star.operand) reject(star.range, "(row).* is not supported");
  if (state.grouping.input) {
    reject(star.range, "* cannot stand beside GROUP BY or an aggregate", "name the columns");
  }
  const auto add = [&](const Column& column) {
    const Column* const now = find_column(*state.from.relation, column.id);
    state.items.push_back({column_of(now ? *now : column), column.name});
  };
  if (star.qualifier.empty()) {
    if (!state.select.from) reject(star.range, "* needs a FROM");
    for (const Merged& merged : state.from.merged)
      state.items.push_back({merged.value, merged.name});
  }
  bool found = star.qualifier.empty();
  for (const Source& source : state.from.sources) {
    if (!star.qualifier.empty() && source.alias != star.qualifier.back().text) continue;
    found = true;
    for (const Column& column : source.columns) {
      const bool merged =
          star.qualifier.empty() &&
          std::any_of(state.from.merged.begin(), state.from.merged.end(),
                      [&](const Merged& one) { return one.of.count(column.id) != 0; });
      if (!merged) add(column);
    }
  }
  if (found) return;
  std::vector<std::string> names;
  for (const Source& source : state.from.sources) names.push_back(source.alias);
  const std::string name{star.qualifier.back().text};
  reject(star.qualifier.front().range, "there is no table '" + name + "' in FROM",
         nearest_name(name, names));
}

void QueryBinder::bind_items(SelectState& state) {
  for (const sql::SelectItem& item : state.select.items) {
    attempt([&] {
      if (const auto* star = sql::try_as<sql::Star>(item.value)) return bind_star(state, *star);
      const std::string name = name_of(item, state.items.size());
      auto value = bind_value(*item.value, *state.scope);
      state.items.push_back({std::move(value), name, item.value});
    });
  }
}

// ORDER BY: aliases, ordinals, or expressions over what SELECT sees.
void QueryBinder::sort_items(SelectState& state) {
  std::map<std::string, ExpressionPointer> aliases;
  for (const auto& item : state.items) aliases.emplace(item.name, item.value);
  state.scope->aliases = &aliases;
  state.scope->clause = "ORDER BY";
  for (const sql::OrderItem& item : state.query->order_by) {
    attempt([&] {
      const auto* literal = sql::try_as<sql::Literal>(item.value);
      if (literal && is_ordinal(*literal)) {
        const std::size_t ordinal = std::stoul(std::string{literal->value.substr(0, 9)});
        if (ordinal < 1 || ordinal > state.items.size()) {
          reject(item.value->range, "ORDER BY: there is no column " + std::to_string(ordinal),
                 "the query has " + std::to_string(state.items.size()));
        }
        state.order.push_back({state.items[ordinal - 1].value, &item});
        return;
      }
      state.order.push_back({bind_value(*item.value, *state.scope), &item});
    });
  }
  state.scope->aliases = nullptr;
}

RelationPointer QueryBinder::finish_select(SelectState& state) {
  if (state.query) sort_items(state);
  throw_errors();
  std::vector<ExpressionPointer> values;
  std::vector<std::string> names;
  for (const auto& item : state.items) {
    values.push_back(item.value);
    names.push_back(free_name(names, item.name));
  }
  const std::size_t visible = values.size();
  const bool distinct = state.select.quantifier == sql::SetQuantifier::distinct;
  // What is sorted by and not selected goes along, hidden.
  std::vector<std::size_t> places;
  for (const auto& [value, item] : state.order) {
    std::size_t place = 0;
    while (place < values.size() && !same(*values[place], *value)) ++place;
    if (place == values.size()) {
      if (distinct) {
        reject(item->value->range, "ORDER BY of SELECT DISTINCT takes what is selected");
      }
      values.push_back(value);
      names.push_back("$sort" + std::to_string(place));
    }
    places.push_back(place);
  }
  auto out = builder_.project(state.current(), values, names);
  if (distinct) out = builder_.distinct(out);
  if (!state.query) return out;
  std::vector<SortKey> order;
  for (std::size_t i = 0; i < places.size(); ++i) {
    order.push_back(sort_key(out->columns[places[i]].id, *state.order[i].item));
  }
  const std::vector<Column> columns(out->columns.begin(),
                                    out->columns.begin() + static_cast<std::ptrdiff_t>(visible));
  out = limited(out, std::move(order), *state.query);
  return out->columns.size() == visible ? out : Builder::pick(out, columns);
}

}  // namespace flink::planner
