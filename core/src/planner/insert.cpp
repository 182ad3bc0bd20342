// SPDX-License-Identifier: Apache-2.0
// INSERT INTO: which column goes where, implicit casts, what may not be NULL.
#include <algorithm>

#include "flink/error.h"
#include "planner/statement.h"
#include "table/type_merging.h"

namespace flink::planner {

using table::reject;

namespace {

std::vector<const CatalogColumn*> written_columns(const CatalogTable& table) {
  std::vector<const CatalogColumn*> out;
  for (const CatalogColumn& column : table.columns) {
    if (column.kind == CatalogColumn::Kind::physical) out.push_back(&column);
  }
  return out;
}

std::string schema_text(const std::vector<Column>& columns) {
  std::string out = "[";
  for (const Column& column : columns) {
    if (out.size() > 1) out += ", ";
    out += column.name + ": " + column.type.summary();
  }
  return out + "]";
}

using Targets = std::vector<const CatalogColumn*>;
using Fixed = std::map<std::string, ExpressionPointer>;

// The columns that INSERT INTO t (...) names.
Targets named_targets(const sql::Insert& node, const Targets& wanted, const ObjectPath& path) {
  Targets out;
  for (const sql::Path& column : node.columns) {
    const std::string_view name = column.front().text;
    const auto found = std::find_if(wanted.begin(), wanted.end(),
                                    [&](const auto* one) { return one->name == name; });
    if (found == wanted.end()) {
      std::vector<std::string> names;
      for (const auto* one : wanted) names.push_back(one->name);
      reject(sql::range_of(column),
             "'" + path.text() + "' has no column '" + std::string{name} + "'",
             nearest_name(name, names));
    }
    if (std::find(out.begin(), out.end(), *found) != out.end()) {
      reject(sql::range_of(column), "column '" + std::string{name} + "' is named twice");
    }
    out.push_back(*found);
  }
  return out;
}

// Values of PARTITION (name = value).
Fixed fixed_values(QueryBinder& binder, const sql::Insert& node, const CatalogTable& table,
                   const ObjectPath& path, const RelationPointer& query) {
  const From nothing{query, {}, {}};
  ClauseScope scope{binder, nothing, nullptr};
  scope.clause = "PARTITION";
  Fixed out;
  for (const sql::PartitionValue& value : node.partition) {
    const std::string name{value.name.text};
    const auto& keys = table.partition_keys;
    if (std::find(keys.begin(), keys.end(), name) == keys.end()) {
      reject(value.name.range, "'" + name + "' is no partition column of '" + path.text() + "'",
             nearest_name(name, keys));
    }
    if (!value.value) continue;
    out[name] = table::cast_to(binder.bind_value(*value.value, scope), table.find(name)->type);
  }
  return out;
}

// The query's columns in the table's order; what nobody gives is NULL.
RelationPointer arranged(Builder& builder, RelationPointer query, const Targets& wanted,
                         const Targets& targets, const Fixed& fixed, const ObjectPath& path,
                         sql::Range range) {
  std::vector<ExpressionPointer> values;
  std::vector<std::string> names;
  for (const CatalogColumn* column : wanted) {
    const auto at = static_cast<std::size_t>(std::find(targets.begin(), targets.end(), column) -
                                             targets.begin());
    if (const auto given = fixed.find(column->name); given != fixed.end()) {
      values.push_back(given->second);
    } else if (at < targets.size()) {
      values.push_back(column_of(query->columns[at]));
    } else if (column->type.nullable()) {
      values.push_back(null_of(column->type));
    } else {
      reject(range, "column '" + column->name + "' of '" + path.text() +
                        "' is NOT NULL and the INSERT gives no value for it");
    }
    names.push_back(column->name);
  }
  return builder.project(std::move(query), values, names);
}

}  // namespace

RelationPointer sink_of(QueryBinder& binder, RelationPointer query, const CatalogTable& table,
                        const ObjectPath& path, const Options& options, sql::Range range) {
  const auto wanted = written_columns(table);
  if (query->columns.size() != wanted.size()) {
    reject(range,
           "the query has " + std::to_string(query->columns.size()) + " columns, and '" +
               path.text() + "' takes " + std::to_string(wanted.size()),
           "the query gives " + schema_text(query->columns));
  }
  auto sink = std::make_shared<Sink>();
  std::vector<ExpressionPointer> values;
  std::vector<std::string> names;
  bool casts = false;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const Column& from = query->columns[i];
    const LogicalType& to = wanted[i]->type;
    if (!table::implicit_cast_exists(from.type.with_nullable(true), to.with_nullable(true))) {
      reject(range,
             "column '" + wanted[i]->name + "' of '" + path.text() + "' is " + to.summary() +
                 ", and the query gives " + from.type.summary(),
             "CAST(" + from.name + " AS " + to.with_nullable(true).summary() + ") converts it");
    }
    values.push_back(table::cast_to(column_of(from), to.with_nullable(from.type.nullable())));
    casts = casts || values.back()->kind != table::ExpressionKind::column;
    names.push_back(wanted[i]->name);
  }
  sink->inputs = {casts ? binder.builder().project(query, values, names) : query};
  sink->columns = sink->inputs[0]->columns;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const Column& column = sink->columns[i];
    if (!wanted[i]->type.nullable() && column.type.nullable()) sink->not_null.push_back(column.id);
    const auto& key = table.primary_key;
    if (std::find(key.begin(), key.end(), wanted[i]->name) != key.end()) {
      sink->primary_key.push_back(column.id);
    }
  }
  const auto description = describe_table(table, path, options);
  sink->table = description;
  sink->path = path.quoted();
  try {
    binder.session().factories->find(*description);
  } catch (const Error& error) {
    reject(range, "table '" + path.text() + "': " + error.message());
  }
  return sink;
}

RelationPointer bind_insert(QueryBinder& binder, const sql::Insert& node) {
  const Session& session = binder.session();
  const auto table = find_table(node.table, session);
  const ObjectPath path = resolve(node.table, session);
  const sql::Range range = sql::range_of(node.table);
  if (table->is_view) reject(range, "'" + path.text() + "' is a view: nothing can be inserted");
  if (node.overwrite && session.streaming()) {
    reject(node.range, "INSERT OVERWRITE needs batch mode",
           "SET 'execution.runtime-mode' = 'batch' first");
  }
  auto query = binder.bind_query(*node.query);
  binder.throw_errors();
  const auto wanted = written_columns(*table);
  Targets targets = named_targets(node, wanted, path);
  const Fixed fixed = fixed_values(binder, node, *table, path, query);
  if (node.columns.empty()) {
    for (const CatalogColumn* column : wanted) {
      if (fixed.count(column->name) == 0) targets.push_back(column);
    }
  }
  if (query->columns.size() != targets.size()) {
    reject(node.query->range,
           "the query has " + std::to_string(query->columns.size()) + " columns, and '" +
               path.text() + "' takes " + std::to_string(targets.size()) + " here",
           "the query gives " + schema_text(query->columns));
  }
  if (!node.columns.empty() || !fixed.empty()) {
    query = arranged(binder.builder(), query, wanted, targets, fixed, path, range);
  }
  Options options;
  for (const sql::Hint& hint : node.hints) {
    for (const sql::HintOption& option : hint.options) {
      const auto key = option.key ? option.key.value : option.name.text;
      options[std::string{key}] = std::string{option.value.value};
    }
  }
  auto sink = std::make_shared<Sink>(
      as<Sink>(*sink_of(binder, query, *table, path, options, node.query->range)));
  sink->overwrite = node.overwrite;
  return sink;
}

}  // namespace flink::planner
