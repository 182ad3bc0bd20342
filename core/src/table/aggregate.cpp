// SPDX-License-Identifier: Apache-2.0
#include "table/aggregate.h"

#include "base/text.h"
#include "table/aggregates/aggregates.h"

namespace flink::table {

void AggregateRegistry::add(AggregateFunction row) {
  rows_.push_back(std::make_unique<AggregateFunction>(std::move(row)));
  const AggregateFunction* added = rows_.back().get();
  std::string_view names = added->names;
  while (!names.empty()) {
    const std::size_t end = std::min(names.find('|'), names.size());
    by_name_[std::string{names.substr(0, end)}].push_back(added);
    names.remove_prefix(std::min(end + 1, names.size()));
  }
}

std::span<const AggregateFunction* const> AggregateRegistry::find(std::string_view name) const {
  const auto found = by_name_.find(name);
  if (found == by_name_.end()) return {};
  return found->second;
}

std::vector<std::string_view> AggregateRegistry::names() const {
  std::vector<std::string_view> out;
  for (const auto& [name, rows] : by_name_) out.push_back(name);
  return out;
}

const AggregateRegistry& aggregates() {
  static const AggregateRegistry registry = [] {
    AggregateRegistry all;
    add_sums(all);
    add_moments(all);
    add_extremes(all);
    add_picks(all);
    add_lists(all);
    add_percentile(all);
    add_json_objects(all);
    add_bitmaps(all);
    return all;
  }();
  return registry;
}

namespace {

bool takes(const AggregateFunction& row, const std::vector<ExpressionPointer>& arguments) {
  if (arguments.size() != row.wants.size()) return false;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (!row.wants[i].accepts(arguments[i]->type)) return false;
    const bool literal = arguments[i]->kind == ExpressionKind::literal;
    if (row.wants[i].literal_only && !literal) return false;
  }
  return true;
}

BoundAggregate bind_row(const AggregateFunction& row, std::vector<ExpressionPointer> arguments,
                        const AggregateUse& use, const Session& session) {
  BoundAggregate out;
  out.function = &row;
  out.distinct = use.distinct && row.distinct_matters;
  out.call.ignores_nulls = use.ignores_nulls;
  bool nullable = use.filtered || !use.grouped;
  std::vector<const Datum*> literals;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    nullable = nullable || arguments[i]->type.nullable();
    // As it was written: the argument keeps it when it is cast.
    const bool literal = arguments[i]->kind == ExpressionKind::literal;
    literals.push_back(literal ? &arguments[i]->value : nullptr);
    out.call.literals.push_back(literal ? arguments[i]->value : Datum{});
    if (row.wants[i].as) arguments[i] = cast_to(arguments[i], *row.wants[i].as);
    out.call.arguments.push_back(arguments[i]->type);
  }
  out.call.result = row.result({out.call.arguments, literals, session})
                        .with_nullable(!row.never_null && nullable);
  out.arguments = std::move(arguments);
  return out;
}

std::string types_of(const std::vector<ExpressionPointer>& arguments) {
  std::string text = "(";
  for (const auto& argument : arguments) {
    if (text.size() > 1) text += ", ";
    text += argument->type.with_nullable(true).summary();
  }
  return text + ")";
}

std::string wanted_by(std::span<const AggregateFunction* const> rows) {
  std::string text = "it takes ";
  for (const AggregateFunction* row : rows) {
    if (row != rows.front()) text += " or ";
    text += "(";
    for (const Want& want : row->wants) {
      if (text.back() != '(') text += ", ";
      text += want.name;
      if (want.literal_only) text += " literal";
    }
    text += ")";
  }
  return text;
}

}  // namespace

BoundAggregate bind_aggregate(std::string_view name, sql::Range range,
                              std::vector<ExpressionPointer> arguments, const AggregateUse& use,
                              const Session& session) {
  const auto rows = aggregates().find(name);
  if (rows.empty()) reject(range, "there is no aggregate function " + std::string{name});
  for (const AggregateFunction* row : rows) {
    if (!takes(*row, arguments)) continue;
    try {
      return bind_row(*row, std::move(arguments), use, session);
    } catch (const Rejection& rejection) {
      reject(range, std::string{name} + ": " + rejection.why);
    }
  }
  reject(range, std::string{name} + " does not take " + types_of(arguments), wanted_by(rows));
}

std::unique_ptr<Aggregate> make_aggregate(const BoundAggregate& bound, bool retracts) {
  AggregateCall call = bound.call;
  // Of distinct values each is taken back at most once, when its last one goes.
  call.retracts = retracts;
  auto made = bound.function->make(call);
  return bound.distinct ? distinct(std::move(made), call) : std::move(made);
}

std::optional<std::string_view> AggregateMapInMemory::get(std::string_view key) const {
  const auto found = entries_.find(key);
  if (found == entries_.end()) return {};
  return found->second;
}
void AggregateMapInMemory::put(std::string_view key, std::string_view value) {
  entries_.insert_or_assign(std::string{key}, std::string{value});
}
void AggregateMapInMemory::remove(std::string_view key) {
  if (const auto found = entries_.find(key); found != entries_.end()) entries_.erase(found);
}
void AggregateMapInMemory::each(const Visit& visit) const {
  for (const auto& [key, value] : entries_) visit(key, value);
}

}  // namespace flink::table
