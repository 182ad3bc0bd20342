// SPDX-License-Identifier: Apache-2.0
// CREATE and REPLACE.
#include "sql/parser_statements.h"

namespace flink::sql {

bool ParserStatements::if_not_exists() {
  if (!at("IF") || !sees("NOT", 1) || !sees("EXISTS", 2)) return false;
  advance();
  advance();
  advance();
  return true;
}

bool ParserStatements::if_exists() { return accept("IF", "EXISTS"); }

Text ParserStatements::comment() { return accept("COMMENT") ? text() : Text{}; }

List<Option> ParserStatements::with_options() {
  return accept("WITH") ? options() : List<Option>{};
}

// ('key' = 'value', ...)
List<Option> ParserStatements::options() {
  expect(TokenKind::left_parenthesis);
  std::vector<Option> out;
  if (!sees(TokenKind::right_parenthesis)) {
    do {
      Option option;
      if (sees(TokenKind::word) && sees(TokenKind::equal, 1)) {
        fail_with(SyntaxErrorKind::unexpected, token().range,
                  detail::concat("unexpected ", spelled(token()), "; expected a 'text'"),
                  detail::concat("keys are texts: '", spelled(token()), "' = ..."));
      }
      option.key = text();
      expect(TokenKind::equal);
      option.value = text();
      out.push_back(option);
    } while (accept(TokenKind::comma));
  }
  expect(TokenKind::right_parenthesis);
  return list(out);
}

List<Text> ParserStatements::option_keys() {
  expect(TokenKind::left_parenthesis);
  std::vector<Text> out;
  if (!sees(TokenKind::right_parenthesis)) {
    do out.push_back(text());
    while (accept(TokenKind::comma));
  }
  expect(TokenKind::right_parenthesis);
  return list(out);
}

const Statement* ParserStatements::create() {
  const auto begin = token().range;
  CreateTable table;
  table.create = sees("CREATE");
  table.replace = !table.create;
  advance();
  if (table.create && accept("OR")) {
    expect("REPLACE");
    table.replace = true;
  }
  table.temporary = accept("TEMPORARY");
  if (accept("TABLE")) return create_table(std::move(table), begin);
  if (!table.create) fail();
  if (accept("VIEW")) {
    CreateView view;
    view.replace = table.replace;
    view.temporary = table.temporary;
    return create_view(std::move(view), begin);
  }
  CreateFunction function;
  function.replace = table.replace;
  function.temporary = table.temporary;
  if (at("SYSTEM")) {
    if (!table.temporary) {
      fail_with(SyntaxErrorKind::invalid, token().range, "a SYSTEM function is always temporary",
                "write CREATE TEMPORARY SYSTEM FUNCTION");
    }
    advance();
    function.system = true;
    expect("FUNCTION");
    return create_function(std::move(function), begin);
  }
  if (accept("FUNCTION")) return create_function(std::move(function), begin);
  if (accept("CATALOG")) return create_catalog(begin);
  expect("DATABASE");
  return create_database(begin);
}

const Statement* ParserStatements::create_table(CreateTable table, Range begin) {
  table.if_not_exists = if_not_exists();
  table.name = path();
  if (at(TokenKind::left_parenthesis)) table_elements(table);
  table.comment = comment();
  if (accept("DISTRIBUTED")) table.distribution = distribution();
  if (accept("PARTITIONED")) {
    expect("BY");
    table.partitioned_by = name_list();
  }
  table.options = with_options();
  if (table.create && accept("LIKE")) table.like = table_like();
  else if (accept("AS")) table.query = query();
  else if (!table.create) fail();
  if (!table.column_names.empty() && table.query == nullptr) {
    fail_with(SyntaxErrorKind::invalid, table.column_names.front().range,
              "columns without types need a query behind AS", "write the type of each column");
  }
  return done(std::move(table), begin);
}

// [BY [HASH | RANGE] (columns)] [INTO n BUCKETS]
const Distribution* ParserStatements::distribution() {
  Distribution out;
  const bool by = accept("BY");
  if (by) {
    if (accept("HASH")) out.kind = Distribution::Kind::hash;
    else if (accept("RANGE")) out.kind = Distribution::Kind::range;
    out.columns = name_list();
  }
  if (!by && !at("INTO")) fail();
  if (accept("INTO")) {
    out.buckets = whole_number();
    expect("BUCKETS");
  }
  return arena_.make(out);
}

const TableLike* ParserStatements::table_like() {
  TableLike out;
  out.table = path();
  if (accept(TokenKind::left_parenthesis)) {
    std::vector<LikeOption> options;
    do options.push_back(like_option());
    while (!accept(TokenKind::right_parenthesis));
    out.options = list(options);
  }
  return arena_.make(out);
}

LikeOption ParserStatements::like_option() {
  using Strategy = LikeOption::Strategy;
  using Feature = LikeOption::Feature;
  LikeOption out;
  const auto begin = token().range;
  if (accept("INCLUDING")) out.strategy = Strategy::including;
  else if (accept("EXCLUDING")) out.strategy = Strategy::excluding;
  else expect("OVERWRITING"), out.strategy = Strategy::overwriting;
  if (accept("ALL")) out.feature = Feature::all;
  else if (accept("CONSTRAINTS")) out.feature = Feature::constraints;
  else if (accept("DISTRIBUTION")) out.feature = Feature::distribution;
  else if (accept("GENERATED")) out.feature = Feature::generated;
  else if (accept("METADATA")) out.feature = Feature::metadata;
  else if (accept("OPTIONS")) out.feature = Feature::options;
  else if (accept("PARTITIONS")) out.feature = Feature::partitions;
  else expect("WATERMARKS"), out.feature = Feature::watermarks;
  out.range = from(begin);
  return out;
}

const Statement* ParserStatements::create_view(CreateView view, Range begin) {
  view.if_not_exists = if_not_exists();
  view.name = path();
  if (sees(TokenKind::left_parenthesis)) view.columns = name_list();
  view.comment = comment();
  expect("AS");
  view.query = query();
  return done(std::move(view), begin);
}

const Statement* ParserStatements::create_catalog(Range begin) {
  CreateCatalog out;
  out.if_not_exists = if_not_exists();
  out.name = name();
  out.comment = comment();
  out.options = with_options();
  return done(out, begin);
}

const Statement* ParserStatements::create_database(Range begin) {
  CreateDatabase out;
  out.if_not_exists = if_not_exists();
  out.name = path();
  out.comment = comment();
  out.options = with_options();
  return done(out, begin);
}

FunctionLanguage ParserStatements::function_language() {
  if (!accept("LANGUAGE")) return FunctionLanguage::unsaid;
  if (accept("JAVA")) return FunctionLanguage::java;
  if (accept("SCALA")) return FunctionLanguage::scala;
  if (accept("SQL")) return FunctionLanguage::sql;
  expect("PYTHON");
  return FunctionLanguage::python;
}

const Statement* ParserStatements::create_function(CreateFunction function, Range begin) {
  function.if_not_exists = if_not_exists();
  function.name = path();
  expect("AS");
  function.identifier = text();
  function.language = function_language();
  if (accept("USING")) {
    std::vector<Resource> resources;
    do {
      Resource resource;
      resource.artifact = accept("ARTIFACT");
      if (!resource.artifact) expect("JAR");
      resource.uri = text();
      resources.push_back(resource);
    } while (accept(TokenKind::comma));
    function.resources = list(resources);
  }
  function.options = with_options();
  return done(std::move(function), begin);
}

}  // namespace flink::sql
