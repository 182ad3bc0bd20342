// SPDX-License-Identifier: Apache-2.0
// CREATE, ALTER, DROP.
#include "sql/print_core.h"

namespace flink::sql {
namespace {

std::string_view spelling(LikeOption::Feature feature) {
  switch (feature) {
    case LikeOption::Feature::all:
      return "ALL";
    case LikeOption::Feature::constraints:
      return "CONSTRAINTS";
    case LikeOption::Feature::distribution:
      return "DISTRIBUTION";
    case LikeOption::Feature::generated:
      return "GENERATED";
    case LikeOption::Feature::metadata:
      return "METADATA";
    case LikeOption::Feature::options:
      return "OPTIONS";
    case LikeOption::Feature::partitions:
      return "PARTITIONS";
    case LikeOption::Feature::watermarks:
      return "WATERMARKS";
  }
  return "";
}

}  // namespace

void Printer::definition(const Statement& statement) {
  switch (statement.kind) {
    case StatementKind::create_table:
      return create_table(as<CreateTable>(statement));
    case StatementKind::create_view:
      return create_view(as<CreateView>(statement));
    case StatementKind::create_function:
      return create_function(as<CreateFunction>(statement));
    case StatementKind::create_catalog: {
      const auto& catalog = as<CreateCatalog>(statement);
      add("CREATE CATALOG ", catalog.if_not_exists ? "IF NOT EXISTS " : "");
      name(catalog.name);
      comment(catalog.comment);
      return with_options(catalog.options);
    }
    case StatementKind::create_database: {
      const auto& database = as<CreateDatabase>(statement);
      add("CREATE DATABASE ", database.if_not_exists ? "IF NOT EXISTS " : "");
      path(database.name);
      comment(database.comment);
      return with_options(database.options);
    }
    case StatementKind::alter_table:
      return alter_table(as<AlterTable>(statement));
    case StatementKind::alter_view: {
      const auto& view = as<AlterView>(statement);
      add("ALTER VIEW ");
      path(view.name);
      add(view.query != nullptr ? " AS " : " RENAME TO ");
      return view.query != nullptr ? query(*view.query) : path(view.new_name);
    }
    case StatementKind::alter_catalog:
      return alter_catalog(as<AlterCatalog>(statement));
    case StatementKind::alter_database:
      add("ALTER DATABASE ");
      path(as<AlterDatabase>(statement).name);
      add(" SET ");
      return options(as<AlterDatabase>(statement).options);
    case StatementKind::alter_function: {
      const auto& function = as<AlterFunction>(statement);
      add("ALTER ", function.temporary ? "TEMPORARY " : "", function.system ? "SYSTEM " : "",
          "FUNCTION ", function.if_exists ? "IF EXISTS " : "");
      path(function.name);
      add(" AS ");
      text(function.identifier.value);
      return language(function.language);
    }
    default:
      return drop(as<Drop>(statement));
  }
}

void Printer::comment(Text comment) {
  if (!comment) return;
  add(" COMMENT ");
  text(comment.value);
}

void Printer::with_options(List<Option> options) {
  if (options.empty()) return;
  add(" WITH ");
  this->options(options);
}

void Printer::options(List<Option> options) {
  add("(");
  separated(options, ", ", [this](const Option& option) {
    text(option.key.value);
    add(" = ");
    text(option.value.value);
  });
  add(")");
}

void Printer::keys(List<Text> keys) {
  add("(");
  separated(keys, ", ", [this](const Text& key) { text(key.value); });
  add(")");
}

void Printer::language(FunctionLanguage language) {
  switch (language) {
    case FunctionLanguage::unsaid:
      return;
    case FunctionLanguage::java:
      return add(" LANGUAGE JAVA");
    case FunctionLanguage::scala:
      return add(" LANGUAGE SCALA");
    case FunctionLanguage::sql:
      return add(" LANGUAGE SQL");
    case FunctionLanguage::python:
      return add(" LANGUAGE PYTHON");
  }
}

void Printer::create_table(const CreateTable& table) {
  add(table.create ? "CREATE " : "REPLACE ", table.create && table.replace ? "OR REPLACE " : "",
      table.temporary ? "TEMPORARY TABLE " : "TABLE ", table.if_not_exists ? "IF NOT EXISTS " : "");
  path(table.name);
  if (!table.column_names.empty()) {
    add(" ");
    names(table.column_names);
  } else if (table.schema_given) {
    add(" (");
    schema(table.schema);
    add(")");
  }
  comment(table.comment);
  if (table.distribution != nullptr) {
    add(" DISTRIBUTED");
    distribution(*table.distribution);
  }
  if (!table.partitioned_by.empty()) {
    add(" PARTITIONED BY ");
    names(table.partitioned_by);
  }
  with_options(table.options);
  if (table.like != nullptr) like(*table.like);
  if (table.query != nullptr) {
    add(" AS ");
    query(*table.query);
  }
}

void Printer::distribution(const Distribution& distribution) {
  if (!distribution.columns.empty()) {
    add(" BY ");
    if (distribution.kind == Distribution::Kind::hash) add("HASH");
    if (distribution.kind == Distribution::Kind::range) add("RANGE");
    names(distribution.columns);
  }
  if (distribution.buckets >= 0) add(" INTO ", distribution.buckets, " BUCKETS");
}

void Printer::like(const TableLike& like) {
  add(" LIKE ");
  path(like.table);
  if (like.options.empty()) return;
  add(" (");
  separated(like.options, " ", [this](const LikeOption& option) {
    using Strategy = LikeOption::Strategy;
    add(option.strategy == Strategy::including   ? "INCLUDING "
        : option.strategy == Strategy::excluding ? "EXCLUDING "
                                                 : "OVERWRITING ",
        spelling(option.feature));
  });
  add(")");
}

void Printer::schema(const TableSchema& schema) {
  std::string_view comma;
  const auto part = [&] { add(comma), comma = ", "; };
  for (const auto& one : schema.columns) part(), column(one);
  for (const auto& one : schema.constraints) part(), constraint(one);
  if (schema.watermark == nullptr) return;
  part();
  add("WATERMARK FOR ");
  path(schema.watermark->column);
  add(" AS ");
  expression(schema.watermark->expression);
}

void Printer::column(const Column& column) {
  path(column.name);
  if (column.kind == ColumnKind::computed) {
    add(" AS ");
    expression(column.expression);
  } else {
    add(" ");
    type(*column.type);
  }
  if (column.kind == ColumnKind::metadata) {
    add(" METADATA");
    if (column.metadata_key) {
      add(" FROM ");
      text(column.metadata_key.value);
    }
    if (column.is_virtual) add(" VIRTUAL");
  }
  if (column.constraint != nullptr) {
    add(" ");
    constraint(*column.constraint);
  }
  comment(column.comment);
  if (column.first) add(" FIRST");
  if (column.after.empty()) return;
  add(" AFTER ");
  path(column.after);
}

void Printer::constraint(const Constraint& constraint) {
  if (constraint.name) {
    add("CONSTRAINT ");
    name(constraint.name);
    add(" ");
  }
  add(constraint.primary_key ? "PRIMARY KEY" : "UNIQUE");
  if (!constraint.columns.empty()) {
    add(" ");
    names(constraint.columns);
  }
  if (constraint.enforcement == Enforcement::enforced) add(" ENFORCED");
  if (constraint.enforcement == Enforcement::not_enforced) add(" NOT ENFORCED");
}

void Printer::create_view(const CreateView& view) {
  add("CREATE ", view.replace ? "OR REPLACE " : "", view.temporary ? "TEMPORARY VIEW " : "VIEW ",
      view.if_not_exists ? "IF NOT EXISTS " : "");
  path(view.name);
  if (!view.columns.empty()) {
    add(" ");
    names(view.columns);
  }
  comment(view.comment);
  add(" AS ");
  query(*view.query);
}

void Printer::create_function(const CreateFunction& function) {
  add("CREATE ", function.replace ? "OR REPLACE " : "", function.temporary ? "TEMPORARY " : "",
      function.system ? "SYSTEM FUNCTION " : "FUNCTION ",
      function.if_not_exists ? "IF NOT EXISTS " : "");
  path(function.name);
  add(" AS ");
  text(function.identifier.value);
  language(function.language);
  if (!function.resources.empty()) add(" USING ");
  separated(function.resources, ", ", [this](const Resource& resource) {
    add(resource.artifact ? "ARTIFACT " : "JAR ");
    text(resource.uri.value);
  });
  with_options(function.options);
}

void Printer::alter_table(const AlterTable& table) {
  using Action = AlterTable::Action;
  add("ALTER TABLE ", table.if_exists ? "IF EXISTS " : "");
  path(table.name);
  switch (table.action) {
    case Action::rename:
      add(" RENAME TO ");
      return path(table.new_name);
    case Action::rename_column:
      add(" RENAME ");
      path(table.column);
      add(" TO ");
      return path(table.new_name);
    case Action::set:
      add(" SET ");
      return options(table.options);
    case Action::reset:
      add(" RESET ");
      return keys(table.keys);
    case Action::add:
      add(" ADD");
      return alter_schema(table);
    case Action::modify:
      add(" MODIFY");
      return alter_schema(table);
    case Action::drop_columns:
      add(" DROP ");
      return table.in_parentheses ? paths(table.columns) : path(table.columns.front());
    case Action::drop_primary_key:
      return add(" DROP PRIMARY KEY");
    case Action::drop_constraint:
      add(" DROP CONSTRAINT ");
      return name(table.constraint);
    case Action::drop_distribution:
      return add(" DROP DISTRIBUTION");
    case Action::drop_watermark:
      return add(" DROP WATERMARK");
    case Action::add_partitions:
    case Action::drop_partitions:
      break;
  }
  const bool added = table.action == Action::add_partitions;
  add(added ? " ADD " : " DROP ");
  if (table.partition_if) add(added ? "IF NOT EXISTS " : "IF EXISTS ");
  separated(table.partitions, added ? " " : ", ", [this](const Partition& partition) {
    partition_values(partition.values);
    with_options(partition.options);
  });
}

void Printer::alter_schema(const AlterTable& table) {
  if (table.distribution != nullptr) {
    add(" DISTRIBUTION");
    return distribution(*table.distribution);
  }
  add(table.in_parentheses ? " (" : " ");
  schema(table.schema);
  if (table.in_parentheses) add(")");
}

void Printer::alter_catalog(const AlterCatalog& catalog) {
  add("ALTER CATALOG ");
  name(catalog.name);
  switch (catalog.action) {
    case AlterCatalog::Action::set:
      add(" SET ");
      return options(catalog.options);
    case AlterCatalog::Action::reset:
      add(" RESET ");
      return keys(catalog.keys);
    case AlterCatalog::Action::comment:
      return comment(catalog.comment);
  }
}

void Printer::drop(const Drop& drop) {
  add("DROP ", drop.temporary ? "TEMPORARY " : "", drop.system ? "SYSTEM " : "");
  switch (drop.object) {
    case ObjectKind::view:
      add("VIEW ");
      break;
    case ObjectKind::catalog:
      add("CATALOG ");
      break;
    case ObjectKind::database:
      add("DATABASE ");
      break;
    case ObjectKind::function:
      add("FUNCTION ");
      break;
    default:
      add("TABLE ");
  }
  add(drop.if_exists ? "IF EXISTS " : "");
  path(drop.name);
  if (drop.behavior == Drop::Behavior::restrict) add(" RESTRICT");
  if (drop.behavior == Drop::Behavior::cascade) add(" CASCADE");
}

}  // namespace flink::sql
