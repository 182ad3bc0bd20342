// SPDX-License-Identifier: Apache-2.0
// FROM: tables, views, WITH, derived tables, UNNEST, joins.
#include <algorithm>

#include "flink/error.h"
#include "planner/query_binder.h"
#include "sql/parser.h"

namespace flink::planner {

using table::reject;

ObjectPath QueryBinder::resolve(const sql::Path& path) const {
  ObjectPath out{catalog_, database_, std::string{path.back().text}};
  if (path.size() > 3) reject(sql::range_of(path), "a table's name has at most three parts");
  if (path.size() >= 2) out.database = path[path.size() - 2].text;
  if (path.size() == 3) out.catalog = path[0].text;
  return out;
}

From QueryBinder::named(RelationPointer relation, const sql::Relation& node, std::string alias) {
  if (node.alias) alias = node.alias.text;
  Source source{std::move(alias), relation->columns};
  if (!node.columns.empty()) {
    if (node.columns.size() != source.columns.size()) {
      reject(sql::join(node.columns.front().range, node.columns.back().range),
             "'" + source.alias + "' has " + std::to_string(source.columns.size()) +
                 " columns, and here are names for " + std::to_string(node.columns.size()));
    }
    for (std::size_t i = 0; i < node.columns.size(); ++i) {
      source.columns[i].name = node.columns[i].text;
    }
  }
  return {std::move(relation), {std::move(source)}, {}};
}

From QueryBinder::bind_from(const sql::Relation& relation, const ClauseScope* outer) {
  switch (relation.kind) {
    case sql::RelationKind::table:
      return bind_table(sql::as<sql::TableReference>(relation), outer);
    case sql::RelationKind::derived: {
      const auto& derived = sql::as<sql::DerivedTable>(relation);
      return named(bind_query(*derived.query, outer), relation, "");
    }
    case sql::RelationKind::function:
      return bind_function(sql::as<sql::TableFunction>(relation), outer);
    case sql::RelationKind::unnest: {
      From nothing{builder_.one_row(), {}, {}};
      return bind_unnest(std::move(nothing), sql::as<sql::Unnest>(relation), false, outer);
    }
    case sql::RelationKind::join:
      return bind_join(sql::as<sql::Join>(relation), outer);
    case sql::RelationKind::match:
      break;
  }
  reject(relation.range, "MATCH_RECOGNIZE is not supported in queries yet");
}

From QueryBinder::bind_table(const sql::TableReference& node, const ClauseScope* outer) {
  From out = bind_table_body(node.name, node.hints, outer);
  From renamed = named(out.relation, node, std::string{node.name.back().text});
  return renamed;
}

static Options options_of(const sql::List<sql::Hint>& hints) {
  Options out;
  for (const sql::Hint& hint : hints) {
    std::string name{hint.name.text};
    for (char& c : name) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
    if (name != "OPTIONS") continue;
    for (const sql::HintOption& option : hint.options) {
      const auto key = option.key ? option.key.value : option.name.text;
      out[std::string{key}] = std::string{option.value.value};
    }
  }
  return out;
}

From QueryBinder::bind_table_body(const sql::Path& name, const sql::List<sql::Hint>& hints,
                                  const ClauseScope* outer) {
  const auto as_from = [&](RelationPointer relation) {
    const std::vector<Column> columns = relation->columns;
    return From{std::move(relation), {{std::string{name.back().text}, columns}}, {}};
  };
  (void)outer;
  for (const WithScope* with = with_; name.size() == 1 && with; with = with->outer) {
    if (with->item->name.text != name[0].text) continue;
    const WithScope* const before = std::exchange(with_, with->outer);
    auto relation = bind_query(*with->item->query, with->clause);
    with_ = before;
    From out = as_from(relation);
    const auto& names = with->item->columns;
    if (names.empty()) return out;
    if (names.size() != relation->columns.size()) {
      reject(sql::join(names.front().range, names.back().range),
             "the query has " + std::to_string(relation->columns.size()) +
                 " columns, and here are names for " + std::to_string(names.size()));
    }
    std::vector<Column> columns = relation->columns;
    for (std::size_t i = 0; i < names.size(); ++i) columns[i].name = names[i].text;
    return as_from(Builder::pick(relation, columns));
  }
  const ObjectPath path = resolve(name);
  const auto table = session_.catalogs.find(path);
  const sql::Range range = sql::range_of(name);
  if (!table) {
    reject(range, "there is no table '" + path.text() + "'",
           nearest_name(path.name, session_.catalogs.names(path.catalog, path.database)));
  }
  const Options options = options_of(hints);
  if (table->is_view) return as_from(bind_view(*table, path, range));
  if (!options.empty() &&
      session_.option("table.dynamic-table-options.enabled", "true") == "false") {
    reject(range, "the hint OPTIONS is switched off",
           "SET 'table.dynamic-table-options.enabled' = 'true' allows it");
  }
  return as_from(read_table(*table, path, options, range));
}

RelationPointer QueryBinder::bind_view(const CatalogTable& view, const ObjectPath& path,
                                       sql::Range range) {
  if (view_depth_ >= 32)
    reject(range, "views are nested too deep, or '" + path.name + "' in itself");
  const auto parsed = sql::parse_query(view.query);
  FLINK_CHECK(parsed.ok(), view.query);
  const auto before = std::pair{catalog_, database_};
  const WithScope* const with = std::exchange(with_, nullptr);
  catalog_ = view.catalog;
  database_ = view.database;
  ++view_depth_;
  RelationPointer relation;
  std::optional<table::BindError> error;
  try {
    relation = bind_query(*parsed.root);
  } catch (const table::BindError& inner) {
    error = inner;
  } catch (const PlanError& inner) {
    error = inner.errors.front();
  }
  --view_depth_;
  std::tie(catalog_, database_) = before;
  with_ = with;
  // What is wrong within a view has no place in this text.
  if (error) reject(range, "in view '" + path.text() + "': " + error->what, error->hint);
  std::vector<Column> columns = relation->columns;
  for (std::size_t i = 0; i < columns.size(); ++i) columns[i].name = view.columns[i].name;
  return Builder::pick(relation, columns);
}

namespace {

// How a connector's refusal of a table is told.
template <class Ask>
auto asked(const ObjectPath& path, sql::Range range, Ask&& ask) {
  try {
    return ask();
  } catch (const Error& error) {
    reject(range, "table '" + path.text() + "': " + error.message());
  }
}

}  // namespace

std::shared_ptr<table::TableDescription> describe_table(const CatalogTable& table,
                                                        const ObjectPath& path,
                                                        const Options& options) {
  auto out = std::make_shared<table::TableDescription>();
  out->name = path.name;
  for (const CatalogColumn& column : table.columns) {
    if (column.kind == CatalogColumn::Kind::physical) {
      out->columns.push_back({column.name, column.type});
    }
  }
  out->primary_key = table.primary_key;
  out->partition_keys = table.partition_keys;
  out->options = table.options;
  for (const auto& [key, value] : options) out->options[key] = value;
  return out;
}

RelationPointer QueryBinder::read_table(const CatalogTable& table, const ObjectPath& path,
                                        const Options& options, sql::Range range) {
  auto scan = std::make_shared<Scan>();
  scan->path = path.quoted();
  const auto description = describe_table(table, path, options);
  scan->table = description;
  scan->traits = asked(path, range, [&] {
    return session_.factories->find(*description).source_traits(*description);
  });
  for (const CatalogColumn& column : table.columns) {
    if (column.kind == CatalogColumn::Kind::computed) continue;
    Scan::From from;
    if (column.kind == CatalogColumn::Kind::metadata) {
      from.metadata = true;
      from.key = column.metadata_key.empty() ? column.name : column.metadata_key;
      const auto known = [&](const table::Field& field) { return field.name == from.key; };
      if (std::none_of(scan->traits.metadata.begin(), scan->traits.metadata.end(), known)) {
        std::vector<std::string> keys;
        for (const auto& field : scan->traits.metadata) keys.push_back(field.name);
        reject(range,
               "table '" + path.text() + "': its connector has no metadata '" + from.key + "'",
               nearest_name(from.key, keys));
      }
    } else {
      from.column = scan->columns.size();
      for (const auto& before : scan->from) from.column -= before.metadata ? 1 : 0;
    }
    scan->columns.push_back(builder_.column(column.name, column.type));
    scan->from.push_back(from);
    const auto& key = table.primary_key;
    if (std::find(key.begin(), key.end(), column.name) != key.end()) {
      scan->primary_key.push_back(scan->columns.back().id);
    }
  }
  RelationPointer out = scan;
  const auto parse = [&](const std::string& text, std::string_view what) {
    From from{out, {{table.columns.empty() ? "" : path.name, out->columns}}, {}};
    ClauseScope scope{*this, from, nullptr};
    scope.clause = what;
    const auto parsed = sql::parse_expression(text);
    FLINK_CHECK(parsed.ok(), text);
    const auto* call = sql::try_as<sql::Call>(parsed.root);
    const bool proctime = call && function_name(*call) == "PROCTIME";
    try {
      return std::pair{bind_value(*parsed.root, scope), proctime};
    } catch (const table::BindError& error) {
      reject(range, std::string{what} + " of table '" + path.text() + "': " + error.what,
             error.hint);
    }
  };
  const bool computes =
      std::any_of(table.columns.begin(), table.columns.end(),
                  [](const auto& one) { return one.kind == CatalogColumn::Kind::computed; });
  if (computes) {
    auto project = std::make_shared<Project>();
    std::size_t next = 0;
    for (const CatalogColumn& column : table.columns) {
      if (column.kind != CatalogColumn::Kind::computed) {
        project->columns.push_back(scan->columns[next]);
        project->expressions.push_back(column_of(scan->columns[next]));
        ++next;
        continue;
      }
      const auto [value, proctime] = parse(column.expression, "a computed column");
      project->columns.push_back(builder_.column(
          column.name, value->type,
          proctime && session_.streaming() ? TimeAttribute::proctime : TimeAttribute::none));
      project->expressions.push_back(value);
    }
    project->inputs = {out};
    out = project;
  }
  if (!table.watermark) return out;
  auto watermark = std::make_shared<Watermark>();
  watermark->columns = out->columns;
  for (Column& column : watermark->columns) {
    if (column.name != table.watermark->column) continue;
    if (session_.streaming()) column.time = TimeAttribute::rowtime;
    watermark->rowtime = column.id;
  }
  watermark->expression = parse(table.watermark->expression, "the watermark").first;
  watermark->inputs = {out};
  return watermark;
}

From QueryBinder::bind_unnest(From left, const sql::Unnest& node, bool is_outer,
                              const ClauseScope* outer) {
  if (node.collections.size() != 1) reject(node.range, "UNNEST takes one collection");
  ClauseScope scope{*this, left, outer};
  scope.clause = "UNNEST";
  const auto value = bind_value(*node.collections[0], scope);
  if (!value->type.is_collection()) {
    reject(node.range,
           "UNNEST takes an ARRAY, a MAP or a MULTISET, and this is " + value->type.summary());
  }
  Projector projector{builder_, left.relation};
  projector.keep_all();
  auto unnest = std::make_shared<Unnest>();
  unnest->collection = projector.add(value);
  unnest->ordinality = node.with_ordinality;
  unnest->outer = is_outer;
  const auto input = projector.finish();
  unnest->columns = input->columns;
  std::vector<table::Field> fields;
  if (value->type.is(table::TypeRoot::map)) {
    fields = {{"KEY", value->type.child(0)}, {"VALUE", value->type.child(1)}};
  } else if (value->type.child().is(table::TypeRoot::row)) {
    const LogicalType& row = value->type.child();
    for (std::size_t i = 0; i < row.size(); ++i) {
      const bool nullable = row.nullable() || row.child(i).nullable();
      fields.push_back({row.field(i).name, row.child(i).with_nullable(nullable)});
    }
  } else {
    fields = {{"EXPR$0", value->type.child()}};
  }
  if (node.with_ordinality) {
    fields.push_back({"ORDINALITY", LogicalType{table::TypeRoot::integer}.not_null()});
  }
  Source source{std::string{node.alias.text}, {}};
  for (const auto& field : fields) {
    const auto type = is_outer ? field.type.with_nullable(true) : field.type;
    source.columns.push_back(builder_.column(field.name, type));
    unnest->columns.push_back(source.columns.back());
  }
  if (!node.columns.empty() && node.columns.size() != fields.size()) {
    reject(sql::join(node.columns.front().range, node.columns.back().range),
           "UNNEST gives " + std::to_string(fields.size()) + " columns here");
  }
  for (std::size_t i = 0; i < node.columns.size(); ++i) {
    source.columns[i].name = node.columns[i].text;
  }
  unnest->inputs = {input};
  left.relation = unnest;
  left.sources.push_back(std::move(source));
  return left;
}

}  // namespace flink::planner
