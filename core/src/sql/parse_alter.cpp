// SPDX-License-Identifier: Apache-2.0
// ALTER and DROP.
#include "sql/parser_statements.h"

namespace flink::sql {

const Statement* ParserStatements::alter() {
  const auto begin = token().range;
  expect("ALTER");
  if (accept("TABLE")) return alter_table(begin);
  if (accept("VIEW")) return alter_view(begin);
  if (accept("CATALOG")) return alter_catalog(begin);
  if (accept("DATABASE")) return alter_database(begin);
  const bool temporary = accept("TEMPORARY");
  return alter_function(begin, temporary);
}

const Statement* ParserStatements::alter_table(Range begin) {
  using Action = AlterTable::Action;
  AlterTable out;
  out.if_exists = if_exists();
  out.name = path();
  if (accept("RENAME")) {
    out.action = Action::rename;
    if (!at("TO")) {
      out.action = Action::rename_column;
      out.column = path();
    }
    expect("TO");
    out.new_name = path();
  } else if (accept("SET")) {
    out.action = Action::set;
    out.options = options();
  } else if (accept("RESET")) {
    out.action = Action::reset;
    out.keys = option_keys();
  } else if (accept("ADD")) {
    out.action = Action::add;
    if (at("PARTITION") || (at("IF") && sees("NOT", 1))) alter_partitions(out, true);
    else alter_schema(out);
  } else if (accept("MODIFY")) {
    out.action = Action::modify;
    alter_schema(out);
  } else {
    expect("DROP");
    alter_drop(out);
  }
  return done(std::move(out), begin);
}

// Of ADD and MODIFY: an element, some in parentheses, or DISTRIBUTION.
void ParserStatements::alter_schema(AlterTable& table) {
  if (accept("DISTRIBUTION")) {
    table.distribution = distribution();
    return;
  }
  SchemaParts parts;
  const auto element = [&] {
    const auto columns = parts.columns.size();
    table_element(parts);
    if (parts.columns.size() == columns) return;
    auto& added = parts.columns.back();
    added.first = accept("FIRST");
    if (!added.first && accept("AFTER")) added.after = path();
  };
  table.in_parentheses = accept(TokenKind::left_parenthesis);
  do element();
  while (table.in_parentheses && accept(TokenKind::comma));
  if (table.in_parentheses) expect(TokenKind::right_parenthesis);
  table.schema = schema(parts);
}

void ParserStatements::alter_drop(AlterTable& table) {
  using Action = AlterTable::Action;
  if (at("PARTITION") || (at("IF") && sees("EXISTS", 1))) {
    alter_partitions(table, false);
  } else if (accept("PRIMARY", "KEY")) {
    table.action = Action::drop_primary_key;
  } else if (accept("CONSTRAINT")) {
    table.action = Action::drop_constraint;
    table.constraint = name();
  } else if (accept("DISTRIBUTION")) {
    table.action = Action::drop_distribution;
  } else if (accept("WATERMARK")) {
    table.action = Action::drop_watermark;
  } else {
    table.action = Action::drop_columns;
    table.in_parentheses = accept(TokenKind::left_parenthesis);
    std::vector<Path> columns;
    do columns.push_back(path());
    while (table.in_parentheses && accept(TokenKind::comma));
    if (table.in_parentheses) expect(TokenKind::right_parenthesis);
    table.columns = list(columns);
  }
}

// ADD [IF NOT EXISTS] PARTITION (...) [WITH (...)] ...; DROP [IF EXISTS] PARTITION (...), ...
void ParserStatements::alter_partitions(AlterTable& table, bool add) {
  table.action = add ? AlterTable::Action::add_partitions : AlterTable::Action::drop_partitions;
  table.partition_if = add ? if_not_exists() : if_exists();
  std::vector<Partition> partitions;
  bool more = true;
  while (more) {
    Partition partition;
    expect("PARTITION");
    partition.values = partition_values(true);
    if (add) partition.options = with_options();
    partitions.push_back(partition);
    more = add ? at("PARTITION") : accept(TokenKind::comma);
  }
  table.partitions = list(partitions);
}

const Statement* ParserStatements::alter_view(Range begin) {
  AlterView out;
  out.name = path();
  if (accept("RENAME")) {
    expect("TO");
    out.new_name = path();
  } else {
    expect("AS");
    out.query = query();
  }
  return done(out, begin);
}

const Statement* ParserStatements::alter_catalog(Range begin) {
  using Action = AlterCatalog::Action;
  AlterCatalog out;
  out.name = name();
  if (accept("SET")) {
    out.options = options();
  } else if (accept("RESET")) {
    out.action = Action::reset;
    out.keys = option_keys();
  } else {
    expect("COMMENT");
    out.action = Action::comment;
    out.comment = text();
  }
  return done(out, begin);
}

const Statement* ParserStatements::alter_database(Range begin) {
  AlterDatabase out;
  out.name = path();
  expect("SET");
  out.options = options();
  return done(out, begin);
}

const Statement* ParserStatements::alter_function(Range begin, bool temporary) {
  AlterFunction out;
  out.temporary = temporary;
  out.system = temporary && accept("SYSTEM");
  expect("FUNCTION");
  out.if_exists = if_exists();
  out.name = path();
  expect("AS");
  out.identifier = text();
  out.language = function_language();
  return done(out, begin);
}

const Statement* ParserStatements::drop() {
  const auto begin = token().range;
  Drop out;
  expect("DROP");
  out.temporary = accept("TEMPORARY");
  if (accept("TABLE")) out.object = ObjectKind::table;
  else if (accept("VIEW")) out.object = ObjectKind::view;
  else if (accept("CATALOG")) out.object = ObjectKind::catalog;
  else if (accept("DATABASE")) out.object = ObjectKind::database;
  else {
    out.system = accept("SYSTEM");
    expect("FUNCTION");
    out.object = ObjectKind::function;
  }
  out.if_exists = if_exists();
  out.name = path();
  if (out.object == ObjectKind::database) {
    if (accept("RESTRICT")) out.behavior = Drop::Behavior::restrict;
    else if (accept("CASCADE")) out.behavior = Drop::Behavior::cascade;
  }
  return done(out, begin);
}

}  // namespace flink::sql
