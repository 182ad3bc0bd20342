// SPDX-License-Identifier: Apache-2.0
// ALTER.
#include <algorithm>

#include "planner/statement.h"
#include "sql/printer.h"

namespace flink::planner {

using table::reject;
using Action = sql::AlterTable::Action;

namespace {

std::size_t position_of(const CatalogTable& table, const sql::Path& path) {
  const std::string name{path.back().text};
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    if (table.columns[i].name == name) return i;
  }
  std::vector<std::string> names;
  for (const CatalogColumn& column : table.columns) names.push_back(column.name);
  reject(sql::range_of(path), "there is no column '" + name + "'", nearest_name(name, names));
}

// Where a column that is added or changed goes.
std::size_t place_of(const CatalogTable& table, const sql::Column& column, std::size_t otherwise) {
  if (column.first) return 0;
  return column.after.empty() ? otherwise : position_of(table, column.after) + 1;
}

void add_or_modify(CatalogTable& table, const sql::AlterTable& node) {
  const bool add = node.action == Action::add;
  for (const sql::Column& column : node.schema.columns) {
    CatalogColumn one = catalog_column(column);
    std::size_t place = table.columns.size();
    if (add) {
      if (table.find(one.name)) {
        reject(sql::range_of(column.name), "there is a column '" + one.name + "' already");
      }
    } else {
      place = position_of(table, column.name);
      table.columns.erase(table.columns.begin() + static_cast<std::ptrdiff_t>(place));
    }
    place = place_of(table, column, place);
    table.columns.insert(table.columns.begin() + static_cast<std::ptrdiff_t>(place), one);
  }
  for (const sql::Constraint& constraint : node.schema.constraints) {
    if (add && !table.primary_key.empty()) {
      reject(constraint.range, "the table has a primary key already", "MODIFY changes it");
    }
    table.primary_key.clear();
    table.primary_key_name = constraint.name.text;
    for (const sql::Name& name : constraint.columns) {
      if (!table.find(name.text)) {
        reject(name.range, "there is no column '" + std::string{name.text} + "'");
      }
      table.primary_key.emplace_back(name.text);
    }
    if (table.primary_key_name.empty()) {
      table.primary_key_name = "PK";
      for (const auto& name : table.primary_key) table.primary_key_name += "_" + name;
    }
  }
  for (CatalogColumn& column : table.columns) {
    const auto& key = table.primary_key;
    if (std::find(key.begin(), key.end(), column.name) != key.end()) {
      column.type = column.type.not_null();
    }
  }
  if (const auto* watermark = node.schema.watermark) {
    if (add && table.watermark) {
      reject(watermark->range, "the table has a watermark already", "MODIFY changes it");
    }
    table.watermark = CatalogWatermark{std::string{watermark->column.back().text},
                                       sql::print(*watermark->expression)};
  }
}

void drop_columns(CatalogTable& table, const sql::AlterTable& node) {
  for (const sql::Path& path : node.columns) {
    const std::size_t place = position_of(table, path);
    const std::string name = table.columns[place].name;
    const auto& key = table.primary_key;
    if (std::find(key.begin(), key.end(), name) != key.end()) {
      reject(sql::range_of(path), "column '" + name + "' is in the primary key",
             "DROP PRIMARY KEY first");
    }
    if (table.watermark && table.watermark->column == name) {
      reject(sql::range_of(path), "column '" + name + "' has the watermark",
             "DROP WATERMARK first");
    }
    const auto& partition = table.partition_keys;
    if (std::find(partition.begin(), partition.end(), name) != partition.end()) {
      reject(sql::range_of(path), "the table is partitioned by column '" + name + "'");
    }
    table.columns.erase(table.columns.begin() + static_cast<std::ptrdiff_t>(place));
  }
}

void rename_column(CatalogTable& table, const sql::AlterTable& node) {
  const std::size_t place = position_of(table, node.column);
  const std::string before = table.columns[place].name, after{node.new_name.back().text};
  if (table.find(after)) {
    reject(sql::range_of(node.new_name), "there is a column '" + after + "' already");
  }
  const std::string quoted = sql::quoted_name(before);
  for (const CatalogColumn& column : table.columns) {
    if (column.expression.find(quoted) == std::string::npos) continue;
    reject(sql::range_of(node.column), "column '" + before + "' is used by '" + column.name + "'");
  }
  if (table.watermark && table.watermark->expression.find(quoted) != std::string::npos) {
    reject(sql::range_of(node.column), "column '" + before + "' is used by the watermark");
  }
  table.columns[place].name = after;
  for (auto* names : {&table.primary_key, &table.partition_keys}) {
    std::replace(names->begin(), names->end(), before, after);
  }
}

void rename_table(const sql::AlterTable& node, const ObjectPath& path, Session& session) {
  ObjectPath after = path;
  after.name = node.new_name.back().text;
  if (session.catalogs.find(after)) {
    reject(sql::range_of(node.new_name), "there is a table or view '" + after.text() + "' already");
  }
  auto table = session.catalogs.find(path);
  session.catalogs.remove(path, table->temporary);
  session.catalogs.put(after, std::move(table));
}

void change(CatalogTable& table, const sql::AlterTable& node) {
  switch (node.action) {
    case Action::set:
      for (const auto& [key, value] : options_of(node.options)) table.options[key] = value;
      return;
    case Action::reset:
      for (const sql::Text& key : node.keys) {
        if (key.value == "connector") reject(key.range, "'connector' cannot be reset");
        table.options.erase(std::string{key.value});
      }
      return;
    case Action::add:
    case Action::modify:
      return add_or_modify(table, node);
    case Action::drop_columns:
      return drop_columns(table, node);
    case Action::rename_column:
      return rename_column(table, node);
    case Action::drop_primary_key:
    case Action::drop_constraint:
      if (table.primary_key.empty()) reject(node.range, "the table has no primary key");
      if (node.constraint && node.constraint.text != table.primary_key_name) {
        reject(node.constraint.range,
               "there is no constraint '" + std::string{node.constraint.text} + "'",
               "the primary key is '" + table.primary_key_name + "'");
      }
      table.primary_key.clear();
      table.primary_key_name.clear();
      return;
    case Action::drop_watermark:
      if (!table.watermark) reject(node.range, "the table has no watermark");
      table.watermark.reset();
      return;
    case Action::drop_distribution:
      table.distribution.clear();
      return;
    case Action::rename:
    case Action::add_partitions:
    case Action::drop_partitions:
      break;
  }
  reject(node.range, "partitions follow from the rows: they are not added or dropped here");
}

}  // namespace

void alter_table(const sql::AlterTable& node, Session& session) {
  const ObjectPath path = resolve(node.name, session);
  if (node.if_exists && !session.catalogs.find(path)) return;
  const auto before = find_table(node.name, session);
  if (before->is_view) {
    reject(sql::range_of(node.name), "'" + path.text() + "' is a view", "ALTER VIEW changes it");
  }
  if (node.action == Action::rename) return rename_table(node, path, session);
  CatalogTable table = *before;
  change(table, node);
  complete_table(table, path, session, node.range);
  session.catalogs.put(path, std::make_shared<const CatalogTable>(std::move(table)));
}

void alter_view(const sql::AlterView& node, Session& session) {
  const ObjectPath path = resolve(node.name, session);
  const auto before = find_table(node.name, session);
  if (!before->is_view) {
    reject(sql::range_of(node.name), "'" + path.text() + "' is a table", "ALTER TABLE changes it");
  }
  if (node.query) {
    sql::CreateView create;
    create.replace = true;
    create.temporary = before->temporary;
    create.name = node.name;
    create.query = node.query;
    return create_view(create, session);
  }
  ObjectPath after = path;
  after.name = node.new_name.back().text;
  if (session.catalogs.find(after)) {
    reject(sql::range_of(node.new_name), "there is a table or view '" + after.text() + "' already");
  }
  session.catalogs.remove(path, before->temporary);
  session.catalogs.put(after, before);
}

void alter_database(const sql::AlterDatabase& node, Session& session) {
  const std::string name{node.name.back().text};
  const std::string catalog =
      node.name.size() > 1 ? std::string{node.name[0].text} : session.catalogs.current_catalog();
  if (!session.catalogs.find_database(catalog, name)) {
    reject(sql::range_of(node.name), "there is no database '" + catalog + "." + name + "'");
  }
  auto& options = session.catalogs.all()[catalog].databases[name].options;
  for (const auto& [key, value] : options_of(node.options)) options[key] = value;
}

void alter_catalog(const sql::AlterCatalog& node, Session& session) {
  const auto found = session.catalogs.all().find(std::string{node.name.text});
  if (found == session.catalogs.all().end()) {
    reject(node.name.range, "there is no catalog '" + std::string{node.name.text} + "'");
  }
  switch (node.action) {
    case sql::AlterCatalog::Action::set:
      for (const auto& [key, value] : options_of(node.options)) found->second.options[key] = value;
      return;
    case sql::AlterCatalog::Action::reset:
      for (const sql::Text& key : node.keys) found->second.options.erase(std::string{key.value});
      return;
    case sql::AlterCatalog::Action::comment:
      found->second.comment = node.comment.value;
      return;
  }
}

}  // namespace flink::planner
