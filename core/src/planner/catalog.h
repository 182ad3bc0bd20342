// SPDX-License-Identifier: Apache-2.0
// What there is by name: catalogs, their databases, their tables and views. In memory.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "table/logical_type.h"

namespace flink::planner {

using Options = std::map<std::string, std::string>;

// Expressions are kept as text, in the printer's form: what they mean is found where they are used.
struct CatalogColumn {
  enum class Kind : std::uint8_t { physical, metadata, computed } kind = Kind::physical;
  std::string name;
  table::LogicalType type;
  std::string expression = {};    // of computed
  std::string metadata_key = {};  // of metadata; empty: the name
  bool is_virtual = false;        // of metadata: not written
  std::string comment = {};
};

struct CatalogWatermark {
  std::string column;
  std::string expression;
};

// A table, or a view.
struct CatalogTable {
  std::vector<CatalogColumn> columns;
  std::string primary_key_name = {};
  std::vector<std::string> primary_key = {};
  std::optional<CatalogWatermark> watermark = {};
  std::vector<std::string> partition_keys = {};
  std::string distribution = {};  // as printed, may be empty
  Options options = {};
  std::string comment = {};
  bool temporary = false;

  // Of a view: its query, and where names in it were looked up.
  bool is_view = false;
  std::string query = {};
  std::string catalog = {};
  std::string database = {};

  const CatalogColumn* find(std::string_view name) const;
};

struct ObjectPath {
  std::string catalog;
  std::string database;
  std::string name;

  std::string text() const;    // a.b.c
  std::string quoted() const;  // `a`.`b`.`c`
  auto operator<=>(const ObjectPath&) const = default;
};

struct Database {
  std::string comment = {};
  Options options = {};
  std::map<std::string, std::shared_ptr<const CatalogTable>> tables = {};
};

struct Catalog {
  std::string comment = {};
  Options options = {};
  std::map<std::string, Database> databases = {};
};

// All catalogs, and the current place in them. Temporary tables hide others of their name.
class Catalogs {
 public:
  Catalogs();

  const std::string& current_catalog() const noexcept { return current_catalog_; }
  const std::string& current_database() const noexcept { return current_database_; }
  void use(std::string catalog, std::string database);

  std::map<std::string, Catalog>& all() noexcept { return catalogs_; }
  const std::map<std::string, Catalog>& all() const noexcept { return catalogs_; }
  const Catalog* find_catalog(std::string_view name) const;
  const Database* find_database(std::string_view catalog, std::string_view database) const;

  std::shared_ptr<const CatalogTable> find(const ObjectPath& path) const;
  std::shared_ptr<const CatalogTable> find_temporary(const ObjectPath& path) const;
  void put(const ObjectPath& path, std::shared_ptr<const CatalogTable> table);
  void remove(const ObjectPath& path, bool temporary);
  // Names in a database, temporary ones too, sorted.
  std::vector<std::string> names(std::string_view catalog, std::string_view database) const;

 private:
  std::map<std::string, Catalog> catalogs_;
  std::map<ObjectPath, std::shared_ptr<const CatalogTable>> temporary_;
  std::string current_catalog_;
  std::string current_database_;
};

}  // namespace flink::planner
