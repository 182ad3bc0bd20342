// SPDX-License-Identifier: Apache-2.0
#include "planner/catalog.h"

#include <algorithm>
#include <utility>

#include "sql/printer.h"

namespace flink::planner {

const CatalogColumn* CatalogTable::find(std::string_view name) const {
  const auto found = std::find_if(columns.begin(), columns.end(),
                                  [&](const CatalogColumn& column) { return column.name == name; });
  return found == columns.end() ? nullptr : &*found;
}

std::string ObjectPath::text() const { return catalog + "." + database + "." + name; }

std::string ObjectPath::quoted() const {
  return sql::quoted_name(catalog) + "." + sql::quoted_name(database) + "." +
         sql::quoted_name(name);
}

Catalogs::Catalogs() : current_catalog_("default_catalog"), current_database_("default_database") {
  catalogs_[current_catalog_].databases[current_database_];
}

void Catalogs::use(std::string catalog, std::string database) {
  current_catalog_ = std::move(catalog);
  current_database_ = std::move(database);
}

const Catalog* Catalogs::find_catalog(std::string_view name) const {
  const auto found = catalogs_.find(std::string{name});
  return found == catalogs_.end() ? nullptr : &found->second;
}

const Database* Catalogs::find_database(std::string_view catalog, std::string_view database) const {
  const Catalog* const where = find_catalog(catalog);
  if (!where) return nullptr;
  const auto found = where->databases.find(std::string{database});
  return found == where->databases.end() ? nullptr : &found->second;
}

std::shared_ptr<const CatalogTable> Catalogs::find(const ObjectPath& path) const {
  if (auto temporary = find_temporary(path)) return temporary;
  const Database* const database = find_database(path.catalog, path.database);
  if (!database) return nullptr;
  const auto found = database->tables.find(path.name);
  return found == database->tables.end() ? nullptr : found->second;
}

std::shared_ptr<const CatalogTable> Catalogs::find_temporary(const ObjectPath& path) const {
  const auto found = temporary_.find(path);
  return found == temporary_.end() ? nullptr : found->second;
}

void Catalogs::put(const ObjectPath& path, std::shared_ptr<const CatalogTable> table) {
  auto& place = table->temporary
                    ? temporary_[path]
                    : catalogs_[path.catalog].databases[path.database].tables[path.name];
  place = std::move(table);
}

void Catalogs::remove(const ObjectPath& path, bool temporary) {
  if (temporary) {
    temporary_.erase(path);
  } else {
    catalogs_[path.catalog].databases[path.database].tables.erase(path.name);
  }
}

std::vector<std::string> Catalogs::names(std::string_view catalog,
                                         std::string_view database) const {
  std::vector<std::string> out;
  if (const Database* const where = find_database(catalog, database)) {
    for (const auto& [name, table] : where->tables) out.push_back(name);
  }
  for (const auto& [path, table] : temporary_) {
    if (path.catalog == catalog && path.database == database) out.push_back(path.name);
  }
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

}  // namespace flink::planner
