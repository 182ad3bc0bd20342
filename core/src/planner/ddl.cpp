// SPDX-License-Identifier: Apache-2.0
// CREATE, DROP, USE.
#include <algorithm>

#include "planner/statement.h"
#include "sql/parser.h"
#include "sql/printer.h"

namespace flink::planner {

using table::reject;

ObjectPath resolve(const sql::Path& path, const Session& session) {
  return QueryBinder{session}.resolve(path);
}

std::shared_ptr<const CatalogTable> find_table(const sql::Path& path, const Session& session) {
  const ObjectPath full = resolve(path, session);
  if (auto found = session.catalogs.find(full)) return found;
  reject(sql::range_of(path), "there is no table '" + full.text() + "'",
         nearest_name(full.name, session.catalogs.names(full.catalog, full.database)));
}

Options options_of(const sql::List<sql::Option>& options) {
  Options out;
  for (const sql::Option& option : options) {
    out[std::string{option.key.value}] = std::string{option.value.value};
  }
  return out;
}

CatalogColumn catalog_column(const sql::Column& column) {
  CatalogColumn out;
  out.name = column.name.back().text;
  out.comment = column.comment.value;
  if (column.type) out.type = table::logical_type_of(*column.type);
  if (column.kind == sql::ColumnKind::computed) {
    out.kind = CatalogColumn::Kind::computed;
    out.expression = sql::print(*column.expression);
  } else if (column.kind == sql::ColumnKind::metadata) {
    out.kind = CatalogColumn::Kind::metadata;
    out.metadata_key = column.metadata_key.value;
    out.is_virtual = column.is_virtual;
  }
  return out;
}

void complete_table(CatalogTable& table, const ObjectPath& path, const Session& session,
                    sql::Range range) {
  QueryBinder binder{session};
  auto columns = std::make_shared<Values>();
  for (const CatalogColumn& column : table.columns) {
    if (column.kind == CatalogColumn::Kind::computed) continue;
    columns->columns.push_back(binder.builder().column(column.name, column.type));
  }
  From from{columns, {{path.name, columns->columns}}, {}};
  const auto bind = [&](const std::string& text) {
    ClauseScope scope{binder, from, nullptr};
    const auto parsed = sql::parse_expression(text);
    FLINK_CHECK(parsed.ok(), text);
    try {
      return binder.bind_value(*parsed.root, scope);
    } catch (const table::BindError& error) {
      reject(range, text + ": " + error.what, error.hint);
    }
  };
  auto all = std::make_shared<Values>();
  for (CatalogColumn& column : table.columns) {
    if (column.kind == CatalogColumn::Kind::computed) column.type = bind(column.expression)->type;
    all->columns.push_back(binder.builder().column(column.name, column.type));
  }
  if (!table.watermark) return;
  const CatalogColumn* const time = table.find(table.watermark->column);
  if (!time) {
    reject(range, "WATERMARK: there is no column '" + table.watermark->column + "'");
  }
  if (!time->type.is_timestamp() || time->type.precision() > 3) {
    reject(range, "WATERMARK: '" + time->name + "' is " + time->type.summary() +
                      ", and a time attribute is TIMESTAMP or TIMESTAMP_LTZ of at most 3 digits");
  }
  from = {all, {{path.name, all->columns}}, {}};
  const auto value = bind(table.watermark->expression);
  if (!value->type.is_timestamp()) {
    reject(range, "WATERMARK: the expression is " + value->type.summary() + ", not a TIMESTAMP");
  }
}

namespace {

void add_columns(CatalogTable& table, const sql::TableSchema& schema, bool inherited) {
  const std::size_t before = table.columns.size();
  for (const sql::Column& column : schema.columns) {
    const std::string name{column.name.back().text};
    const auto* known = table.find(name);
    if (known) {
      const bool own = static_cast<std::size_t>(known - table.columns.data()) >= before;
      reject(sql::range_of(column.name),
             own || !inherited ? "column '" + name + "' is there twice"
                               : "the base table has a column '" + name + "' already");
    }
    table.columns.push_back(catalog_column(column));
    if (column.constraint && column.constraint->primary_key) {
      table.primary_key = {name};
      table.primary_key_name = column.constraint->name.text;
    }
  }
}

void add_keys(CatalogTable& table, const sql::TableSchema& schema) {
  for (const sql::Constraint& constraint : schema.constraints) {
    if (!constraint.primary_key) {
      reject(constraint.range, "UNIQUE is not supported", "PRIMARY KEY ... NOT ENFORCED is");
    }
    table.primary_key.clear();
    table.primary_key_name = constraint.name.text;
    for (const sql::Name& name : constraint.columns) {
      const auto* column = table.find(name.text);
      if (!column) {
        reject(name.range, "PRIMARY KEY: there is no column '" + std::string{name.text} + "'");
      }
      if (column->kind != CatalogColumn::Kind::physical) {
        reject(name.range, "PRIMARY KEY: '" + std::string{name.text} + "' is no physical column");
      }
      table.primary_key.emplace_back(name.text);
    }
  }
  if (table.primary_key_name.empty() && !table.primary_key.empty()) {
    table.primary_key_name = "PK";
    for (const auto& name : table.primary_key) table.primary_key_name += "_" + name;
  }
  for (CatalogColumn& column : table.columns) {
    const auto& key = table.primary_key;
    if (std::find(key.begin(), key.end(), column.name) != key.end()) {
      column.type = column.type.not_null();
    }
  }
}

void add_watermark(CatalogTable& table, const sql::Watermark& watermark) {
  const std::string name{watermark.column.front().text};
  if (watermark.column.size() > 1) {
    reject(sql::range_of(watermark.column), "a field of a row cannot be a time attribute");
  }
  if (!table.find(name)) {
    std::vector<std::string> names;
    for (const CatalogColumn& column : table.columns) names.push_back(column.name);
    reject(sql::range_of(watermark.column), "WATERMARK: there is no column '" + name + "'",
           nearest_name(name, names));
  }
  table.watermark = CatalogWatermark{name, sql::print(*watermark.expression)};
}

class Likes {
 public:
  using Feature = sql::LikeOption::Feature;
  using Strategy = sql::LikeOption::Strategy;

  explicit Likes(const sql::List<sql::LikeOption>& options) : options_(options) {}

  Strategy of(Feature feature) const {
    Strategy out = Strategy::including;
    if (feature == Feature::options) out = Strategy::overwriting;
    for (const auto& option : options_) {
      if (option.feature == Feature::all) out = option.strategy;
    }
    for (const auto& option : options_) {
      if (option.feature == feature) out = option.strategy;
    }
    return out;
  }
  bool keeps(Feature feature) const { return of(feature) != Strategy::excluding; }

 private:
  const sql::List<sql::LikeOption>& options_;
};

// What a table takes from another.
CatalogTable base_of(const sql::CreateTable& node, const Session& session, const Likes& likes) {
  using Feature = Likes::Feature;
  const auto found = find_table(node.like->table, session);
  if (found->is_view) reject(sql::range_of(node.like->table), "LIKE takes a table, not a view");
  CatalogTable out = *found;
  out.temporary = false;
  std::erase_if(out.columns, [&](const CatalogColumn& column) {
    return (column.kind == CatalogColumn::Kind::computed && !likes.keeps(Feature::generated)) ||
           (column.kind == CatalogColumn::Kind::metadata && !likes.keeps(Feature::metadata));
  });
  if (!likes.keeps(Feature::constraints)) {
    out.primary_key.clear();
    out.primary_key_name.clear();
  }
  if (!likes.keeps(Feature::watermarks)) out.watermark.reset();
  if (!likes.keeps(Feature::partitions)) out.partition_keys.clear();
  if (!likes.keeps(Feature::distribution)) out.distribution.clear();
  if (!likes.keeps(Feature::options)) out.options.clear();
  if (node.schema.watermark && out.watermark) {
    if (likes.of(Feature::watermarks) != Likes::Strategy::overwriting) {
      reject(node.schema.watermark->range, "the base table has a watermark already",
             "EXCLUDING WATERMARKS or OVERWRITING WATERMARKS says what is wanted");
    }
  }
  return out;
}

void add_query_columns(CatalogTable& table, const sql::CreateTable& node, const Session& session) {
  QueryBinder binder{session};
  const auto query = binder.bind_query(*node.query);
  binder.throw_errors();
  std::vector<CatalogColumn> columns;
  for (const Column& column : query->columns) {
    CatalogColumn one;
    one.name = column.name;
    one.type = column.type;
    columns.push_back(one);
  }
  if (!node.column_names.empty()) {
    std::vector<CatalogColumn> ordered;
    for (const sql::Name& name : node.column_names) {
      const auto found = std::find_if(columns.begin(), columns.end(),
                                      [&](const auto& column) { return column.name == name.text; });
      if (found == columns.end()) {
        reject(name.range, "the query has no column '" + std::string{name.text} + "'");
      }
      ordered.push_back(*found);
    }
    columns = std::move(ordered);
  }
  columns.insert(columns.begin(), table.columns.begin(), table.columns.end());
  table.columns = std::move(columns);
}

std::string distribution_text(const sql::Distribution& distribution) {
  std::string out = "DISTRIBUTED";
  if (!distribution.columns.empty()) {
    using Kind = sql::Distribution::Kind;
    out += " BY ";
    if (distribution.kind != Kind::unsaid)
      out += distribution.kind == Kind::hash ? "HASH" : "RANGE";
    out += "(";
    for (const sql::Name& name : distribution.columns) {
      if (out.back() != '(') out += ", ";
      out += sql::quoted_name(name.text);
    }
    out += ")";
  }
  if (distribution.buckets >= 0)
    out += " INTO " + std::to_string(distribution.buckets) + " BUCKETS";
  return out;
}

void check_place(const ObjectPath& path, sql::Range range, const Session& session) {
  if (!session.catalogs.find_catalog(path.catalog)) {
    reject(range, "there is no catalog '" + path.catalog + "'");
  }
  if (!session.catalogs.find_database(path.catalog, path.database)) {
    reject(range, "there is no database '" + path.catalog + "." + path.database + "'");
  }
}

// Whether there is nothing more to do.
bool exists_already(const ObjectPath& path, const sql::Path& name, bool temporary,
                    bool if_not_exists, bool replace, const Session& session) {
  check_place(path, sql::range_of(name), session);
  const auto found = session.catalogs.find(path);
  if (!found || found->temporary != temporary || replace) return false;
  if (if_not_exists) return true;
  reject(sql::range_of(name), "there is a table or view '" + path.text() + "' already",
         "IF NOT EXISTS leaves it as it is");
}

}  // namespace

void create_table(const sql::CreateTable& node, std::string_view, Session& session) {
  const ObjectPath path = resolve(node.name, session);
  if (exists_already(path, node.name, node.temporary, node.if_not_exists, node.replace, session)) {
    return;
  }
  CatalogTable table;
  if (node.like) table = base_of(node, session, Likes{node.like->options});
  add_columns(table, node.schema, node.like != nullptr);
  if (node.query) add_query_columns(table, node, session);
  add_keys(table, node.schema);
  if (node.schema.watermark) add_watermark(table, *node.schema.watermark);
  for (const sql::Name& name : node.partitioned_by) {
    if (!table.find(name.text)) {
      reject(name.range, "PARTITIONED BY: there is no column '" + std::string{name.text} + "'");
    }
    table.partition_keys.emplace_back(name.text);
  }
  for (const auto& [key, value] : options_of(node.options)) table.options[key] = value;
  if (node.comment) table.comment = node.comment.value;
  if (node.distribution) table.distribution = distribution_text(*node.distribution);
  table.temporary = node.temporary;
  complete_table(table, path, session, node.range);
  session.catalogs.put(path, std::make_shared<const CatalogTable>(std::move(table)));
}

void create_view(const sql::CreateView& node, Session& session) {
  const ObjectPath path = resolve(node.name, session);
  if (exists_already(path, node.name, node.temporary, node.if_not_exists, node.replace, session)) {
    return;
  }
  QueryBinder binder{session};
  const auto query = binder.bind_query(*node.query);
  binder.throw_errors();
  CatalogTable view;
  view.is_view = true;
  view.temporary = node.temporary;
  view.comment = node.comment.value;
  view.query = sql::print(*node.query);
  view.catalog = session.catalogs.current_catalog();
  view.database = session.catalogs.current_database();
  if (!node.columns.empty() && node.columns.size() != query->columns.size()) {
    reject(sql::join(node.columns.front().range, node.columns.back().range),
           "the query has " + std::to_string(query->columns.size()) +
               " columns, and here are names for " + std::to_string(node.columns.size()));
  }
  for (std::size_t i = 0; i < query->columns.size(); ++i) {
    CatalogColumn column;
    column.name = node.columns.empty() ? query->columns[i].name : std::string{node.columns[i].text};
    column.type = query->columns[i].type;
    view.columns.push_back(std::move(column));
  }
  session.catalogs.put(path, std::make_shared<const CatalogTable>(std::move(view)));
}

void create_catalog(const sql::CreateCatalog& node, Session& session) {
  const std::string name{node.name.text};
  if (session.catalogs.find_catalog(name)) {
    if (node.if_not_exists) return;
    reject(node.name.range, "there is a catalog '" + name + "' already");
  }
  const Options options = options_of(node.options);
  const auto type = options.find("type");
  if (type == options.end() || type->second != "generic_in_memory") {
    reject(node.range, "catalogs are in memory alone", "write 'type' = 'generic_in_memory'");
  }
  Catalog& catalog = session.catalogs.all()[name];
  catalog.options = options;
  catalog.comment = node.comment.value;
  const auto first = options.find("default-database");
  catalog.databases[first == options.end() ? "default" : first->second];
}

void create_database(const sql::CreateDatabase& node, Session& session) {
  const std::string name{node.name.back().text};
  const std::string catalog =
      node.name.size() > 1 ? std::string{node.name[0].text} : session.catalogs.current_catalog();
  const auto found = session.catalogs.all().find(catalog);
  if (found == session.catalogs.all().end()) {
    reject(sql::range_of(node.name), "there is no catalog '" + catalog + "'");
  }
  if (found->second.databases.count(name) != 0) {
    if (node.if_not_exists) return;
    reject(sql::range_of(node.name), "there is a database '" + catalog + "." + name + "' already");
  }
  Database& database = found->second.databases[name];
  database.comment = node.comment.value;
  database.options = options_of(node.options);
}

namespace {

void drop_table(const sql::Drop& node, Session& session) {
  const bool view = node.object == sql::ObjectKind::view;
  const ObjectPath path = resolve(node.name, session);
  auto found = node.temporary ? session.catalogs.find_temporary(path) : session.catalogs.find(path);
  if (found && found->is_view != view) found = nullptr;
  if (found && found->temporary != node.temporary) {
    reject(sql::range_of(node.name),
           "'" + path.text() + "' is temporary and hides what else there is",
           "DROP TEMPORARY drops it first");
  }
  if (found) return session.catalogs.remove(path, node.temporary);
  if (node.if_exists) return;
  reject(sql::range_of(node.name),
         "there is no " + std::string{node.temporary ? "temporary " : ""} +
             (view ? "view '" : "table '") + path.text() + "'",
         nearest_name(path.name, session.catalogs.names(path.catalog, path.database)));
}

void drop_database(const sql::Drop& node, Session& session) {
  const std::string name{node.name.back().text};
  const std::string catalog =
      node.name.size() > 1 ? std::string{node.name[0].text} : session.catalogs.current_catalog();
  const Database* const found = session.catalogs.find_database(catalog, name);
  if (!found) {
    if (node.if_exists) return;
    reject(sql::range_of(node.name), "there is no database '" + catalog + "." + name + "'");
  }
  if (!found->tables.empty() && node.behavior != sql::Drop::Behavior::cascade) {
    reject(sql::range_of(node.name), "database '" + catalog + "." + name + "' is not empty",
           "CASCADE drops its tables too");
  }
  if (catalog == session.catalogs.current_catalog() &&
      name == session.catalogs.current_database()) {
    reject(sql::range_of(node.name), "database '" + name + "' is in use", "USE another one first");
  }
  session.catalogs.all()[catalog].databases.erase(name);
}

}  // namespace

void drop(const sql::Drop& node, Session& session) {
  switch (node.object) {
    case sql::ObjectKind::table:
    case sql::ObjectKind::view:
      return drop_table(node, session);
    case sql::ObjectKind::database:
      return drop_database(node, session);
    case sql::ObjectKind::catalog: {
      const std::string name{node.name.back().text};
      if (name == session.catalogs.current_catalog()) {
        reject(sql::range_of(node.name), "catalog '" + name + "' is in use",
               "USE another one first");
      }
      if (session.catalogs.all().erase(name) == 0 && !node.if_exists) {
        reject(sql::range_of(node.name), "there is no catalog '" + name + "'");
      }
      return;
    }
    default:
      break;
  }
  if (!node.if_exists) {
    reject(sql::range_of(node.name),
           "there is no function '" + std::string{node.name.back().text} + "'");
  }
}

void use(const sql::Use& node, Session& session) {
  const sql::Range range = sql::range_of(node.name);
  if (node.catalog) {
    const std::string name{node.name.back().text};
    const Catalog* const catalog = session.catalogs.find_catalog(name);
    if (!catalog) {
      std::vector<std::string> names;
      for (const auto& [known, one] : session.catalogs.all()) names.push_back(known);
      reject(range, "there is no catalog '" + name + "'", nearest_name(name, names));
    }
    const auto first = catalog->options.find("default-database");
    const bool built_in = catalog->databases.count("default_database") != 0;
    session.catalogs.use(name, first != catalog->options.end() ? first->second
                               : built_in                      ? "default_database"
                                                               : "default");
    return;
  }
  const std::string name{node.name.back().text};
  const std::string catalog =
      node.name.size() > 1 ? std::string{node.name[0].text} : session.catalogs.current_catalog();
  if (!session.catalogs.find_database(catalog, name)) {
    reject(range, "there is no database '" + catalog + "." + name + "'");
  }
  session.catalogs.use(catalog, name);
}

}  // namespace flink::planner
