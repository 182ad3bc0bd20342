// SPDX-License-Identifier: Apache-2.0
// SHOW and DESCRIBE, with Flink's columns.
#include <algorithm>

#include "planner/statement.h"
#include "sql/printer.h"

namespace flink::planner {

using table::reject;

namespace {

const LogicalType text_type = LogicalType::string();

// LIKE with % and _; a backslash takes the next one as it is.
bool like(std::string_view text, std::string_view pattern, bool any_case) {
  const auto fold = [&](char c) {
    return any_case && c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  };
  if (pattern.empty()) return text.empty();
  if (pattern[0] == '%') {
    return like(text, pattern.substr(1), any_case) ||
           (!text.empty() && like(text.substr(1), pattern, any_case));
  }
  const bool escaped = pattern[0] == '\\' && pattern.size() > 1;
  const std::string_view rest = pattern.substr(escaped ? 2 : 1);
  if (text.empty()) return false;
  const bool matches =
      (pattern[0] == '_' && !escaped) || fold(text[0]) == fold(escaped ? pattern[1] : pattern[0]);
  return matches && like(text.substr(1), rest, any_case);
}

Outcome listed(std::string column, const std::vector<std::string>& names, const sql::Show& node) {
  Outcome out;
  out.kind = Outcome::Kind::table;
  out.table.columns = {{std::move(column), text_type}};
  for (const std::string& name : names) {
    if (node.pattern && like(name, node.pattern.value, node.ilike) == node.not_like) continue;
    out.table.rows.push_back({name});
  }
  return out;
}

// The database that SHOW ... FROM names.
std::pair<std::string, std::string> place_of(const sql::Show& node, const Session& session) {
  std::string catalog = session.catalogs.current_catalog();
  std::string database = session.catalogs.current_database();
  if (!node.name.empty()) database = node.name.back().text;
  if (node.name.size() > 1) catalog = node.name[0].text;
  if (!session.catalogs.find_database(catalog, database)) {
    reject(sql::range_of(node.name), "there is no database '" + catalog + "." + database + "'");
  }
  return {catalog, database};
}

std::vector<std::string> tables_in(const sql::Show& node, const Session& session, bool views_only) {
  const auto [catalog, database] = place_of(node, session);
  std::vector<std::string> out;
  for (const auto& name : session.catalogs.names(catalog, database)) {
    const auto table = session.catalogs.find({catalog, database, name});
    if (!views_only || table->is_view) out.push_back(name);
  }
  return out;
}

std::string upper_type(const LogicalType& type) {
  std::string out = type.summary();
  // A STRING is told as what it is.
  for (std::size_t at = 0; (at = out.find("STRING", at)) != std::string::npos;) {
    out.replace(at, 6, "VARCHAR(2147483647)");
  }
  for (std::size_t at = 0; (at = out.find("BYTES", at)) != std::string::npos;) {
    out.replace(at, 5, "VARBINARY(2147483647)");
  }
  return out;
}

std::string column_text(const CatalogColumn& column) {
  std::string out = "  " + sql::quoted_name(column.name);
  if (column.kind == CatalogColumn::Kind::computed) {
    out += " AS " + column.expression;
  } else {
    out += " " + upper_type(column.type);
    if (column.kind == CatalogColumn::Kind::metadata) {
      out += " METADATA";
      if (!column.metadata_key.empty()) out += " FROM " + sql::quoted_text(column.metadata_key);
      if (column.is_virtual) out += " VIRTUAL";
    }
  }
  if (!column.comment.empty()) out += " COMMENT " + sql::quoted_text(column.comment);
  return out;
}

std::string quoted_list(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names) out += (out.empty() ? "" : ", ") + sql::quoted_name(name);
  return out;
}

std::string options_text(const Options& options) {
  std::string out = "WITH (\n";
  std::string_view separator;
  for (const auto& [key, value] : options) {
    out += separator;
    out += "  " + sql::quoted_text(key) + " = " + sql::quoted_text(value);
    separator = ",\n";
  }
  return out + "\n)\n";
}

std::string create_table_text(const CatalogTable& table, const ObjectPath& path) {
  std::string out = table.temporary ? "CREATE TEMPORARY TABLE " : "CREATE TABLE ";
  out += path.quoted() + " (\n";
  std::string_view separator;
  const auto line = [&](const std::string& text) {
    out += separator;
    out += text;
    separator = ",\n";
  };
  for (const CatalogColumn& column : table.columns) line(column_text(column));
  if (table.watermark) {
    line("  WATERMARK FOR " + sql::quoted_name(table.watermark->column) + " AS " +
         table.watermark->expression);
  }
  if (!table.primary_key.empty()) {
    line("  CONSTRAINT " + sql::quoted_name(table.primary_key_name) + " PRIMARY KEY (" +
         quoted_list(table.primary_key) + ") NOT ENFORCED");
  }
  out += "\n)";
  if (!table.comment.empty()) out += " COMMENT " + sql::quoted_text(table.comment);
  out += "\n";
  if (!table.distribution.empty()) out += table.distribution + "\n";
  if (!table.partition_keys.empty()) {
    out += "PARTITIONED BY (" + quoted_list(table.partition_keys) + ")\n";
  }
  return table.options.empty() ? out : out + options_text(table.options);
}

std::string create_view_text(const CatalogTable& view, const ObjectPath& path) {
  std::string out = view.temporary ? "CREATE TEMPORARY VIEW " : "CREATE VIEW ";
  out += path.quoted() + " (\n";
  std::string_view separator;
  for (const CatalogColumn& column : view.columns) {
    out += separator;
    out += "  " + sql::quoted_name(column.name);
    separator = ",\n";
  }
  out += "\n)";
  if (!view.comment.empty()) out += " COMMENT " + sql::quoted_text(view.comment);
  return out + "\nAS " + view.query + "\n";
}

Outcome one_text(std::string text) {
  Outcome out;
  out.kind = Outcome::Kind::text;
  out.text = std::move(text);
  return out;
}

Outcome show_create(const sql::Show& node, const Session& session, bool view) {
  const auto table = find_table(node.name, session);
  const ObjectPath path = resolve(node.name, session);
  if (table->is_view != view) {
    reject(sql::range_of(node.name), "'" + path.text() + "' is a " + (view ? "table" : "view"),
           view ? "SHOW CREATE TABLE shows it" : "SHOW CREATE VIEW shows it");
  }
  return one_text(view ? create_view_text(*table, path) : create_table_text(*table, path));
}

Outcome show_create_catalog(const sql::Show& node, const Session& session) {
  const std::string name{node.name.back().text};
  const Catalog* const catalog = session.catalogs.find_catalog(name);
  if (!catalog) reject(sql::range_of(node.name), "there is no catalog '" + name + "'");
  std::string out = "CREATE CATALOG " + sql::quoted_name(name) + "\n";
  if (!catalog->comment.empty()) out += "COMMENT " + sql::quoted_text(catalog->comment) + "\n";
  return one_text(out + options_text(catalog->options));
}

Outcome describe_table(const CatalogTable& table, const sql::Show* filter) {
  Outcome out;
  out.kind = Outcome::Kind::table;
  const bool comments = std::any_of(table.columns.begin(), table.columns.end(),
                                    [](const auto& column) { return !column.comment.empty(); });
  out.table.columns = {
      {"name", text_type}, {"type", text_type},   {"null", LogicalType{table::TypeRoot::boolean}},
      {"key", text_type},  {"extras", text_type}, {"watermark", text_type}};
  if (comments) out.table.columns.push_back({"comment", text_type});
  for (const CatalogColumn& column : table.columns) {
    if (filter && filter->pattern &&
        like(column.name, filter->pattern.value, filter->ilike) == filter->not_like) {
      continue;
    }
    const bool timed = table.watermark && table.watermark->column == column.name;
    const bool proctime = column.expression.rfind("PROCTIME(", 0) == 0;
    std::string type = column.type.with_nullable(true).summary();
    if (timed) type += " *ROWTIME*";
    if (proctime) type += " *PROCTIME*";
    std::optional<std::string> key, extras, watermark;
    const auto& keys = table.primary_key;
    if (std::find(keys.begin(), keys.end(), column.name) != keys.end()) {
      key = "PRI(";
      for (const auto& name : keys) *key += (key->back() == '(' ? "" : ", ") + name;
      *key += ")";
    }
    if (column.kind == CatalogColumn::Kind::computed) extras = "AS " + column.expression;
    if (column.kind == CatalogColumn::Kind::metadata) {
      extras = "METADATA";
      if (!column.metadata_key.empty()) *extras += " FROM " + sql::quoted_text(column.metadata_key);
      if (column.is_virtual) *extras += " VIRTUAL";
    }
    if (timed) watermark = table.watermark->expression;
    auto& row = out.table.rows.emplace_back(std::vector<std::optional<std::string>>{
        column.name, type, column.type.nullable() ? "TRUE" : "FALSE", key, extras, watermark});
    if (comments)
      row.push_back(column.comment.empty() ? std::nullopt : std::optional{column.comment});
  }
  return out;
}

std::vector<std::string> function_names() {
  std::vector<std::string> out;
  for (const auto name : table::builtins().names()) out.emplace_back(name);
  for (const auto name : table::aggregates().names()) out.emplace_back(name);
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

}  // namespace

Outcome show(const sql::Show& node, Session& session) {
  using Kind = sql::ShowKind;
  std::vector<std::string> names;
  switch (node.show) {
    case Kind::catalogs:
      for (const auto& [name, catalog] : session.catalogs.all()) names.push_back(name);
      return listed("catalog name", names, node);
    case Kind::current_catalog:
      return listed("current catalog name", {session.catalogs.current_catalog()}, node);
    case Kind::current_database:
      return listed("current database name", {session.catalogs.current_database()}, node);
    case Kind::databases: {
      const std::string catalog =
          node.name.empty() ? session.catalogs.current_catalog() : std::string{node.name[0].text};
      const Catalog* const found = session.catalogs.find_catalog(catalog);
      if (!found) reject(sql::range_of(node.name), "there is no catalog '" + catalog + "'");
      for (const auto& [name, database] : found->databases) names.push_back(name);
      return listed("database name", names, node);
    }
    case Kind::tables:
      return listed("table name", tables_in(node, session, false), node);
    case Kind::views:
      return listed("view name", tables_in(node, session, true), node);
    case Kind::columns:
      return describe_table(*find_table(node.name, session), &node);
    case Kind::functions:
      return listed("function name", function_names(), node);
    case Kind::user_functions:
      return listed("function name", {}, node);
    case Kind::procedures:
      return listed("procedure name", {}, node);
    case Kind::create_table:
      return show_create(node, session, false);
    case Kind::create_view:
      return show_create(node, session, true);
    case Kind::create_catalog:
      return show_create_catalog(node, session);
    case Kind::partitions:
    case Kind::jobs:
      break;
  }
  reject(node.range, "this SHOW is not supported yet");
}

Outcome describe(const sql::Describe& node, Session& session) {
  if (node.object == sql::ObjectKind::catalog) {
    const std::string name{node.name.back().text};
    const Catalog* const catalog = session.catalogs.find_catalog(name);
    if (!catalog) reject(sql::range_of(node.name), "there is no catalog '" + name + "'");
    Outcome out;
    out.kind = Outcome::Kind::table;
    out.table.columns = {{"info name", text_type}, {"info value", text_type}};
    out.table.rows = {{"name", name}, {"type", "generic_in_memory"}, {"comment", catalog->comment}};
    return out;
  }
  if (node.object != sql::ObjectKind::table && node.object != sql::ObjectKind::view) {
    reject(node.range, "DESCRIBE of this is not supported yet");
  }
  return describe_table(*find_table(node.name, session), nullptr);
}

}  // namespace flink::planner
