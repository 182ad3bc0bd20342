// SPDX-License-Identifier: Apache-2.0
#include "planner/plan.h"

#include <charconv>

#include "planner/statement.h"
#include "sql/syntax_error.h"
#include "table/time_zone.h"

namespace flink::planner {

using table::reject;

std::string_view Session::option(std::string_view key, std::string_view otherwise) const {
  const auto found = options.find(std::string{key});
  return found == options.end() ? otherwise : std::string_view{found->second};
}

bool Session::streaming() const {
  const std::string_view mode = option("execution.runtime-mode", "STREAMING");
  return mode != "BATCH" && mode != "batch";
}

table::Session Session::functions() const {
  table::Session out;
  const std::string_view zone = option("table.local-time-zone", "default");
  if (zone != "default") out.zone = table::TimeZone::find(zone);
  out.database = catalogs.current_database();
  const std::string_view legacy = option("table.exec.legacy-cast-behaviour", "disabled");
  out.legacy_cast = legacy == "enabled" || legacy == "ENABLED";
  return out;
}

std::string render(const table::BindError& error, std::string_view source, std::string_view file) {
  sql::SyntaxError told;
  told.kind = sql::SyntaxErrorKind::invalid;
  told.range = error.range;
  told.position = sql::position_of(source, error.range.begin);
  told.what = error.what;
  told.hint = error.hint;
  return sql::render(told, source, file);
}

namespace {

// The roots that a statement makes; ids of columns are those of one binder.
std::vector<RelationPointer> bind_roots(QueryBinder& binder, const sql::Statement& statement) {
  if (statement.kind == sql::StatementKind::query) {
    return {binder.bind_query(*sql::as<sql::QueryStatement>(statement).query)};
  }
  if (statement.kind == sql::StatementKind::insert) {
    return {bind_insert(binder, sql::as<sql::Insert>(statement))};
  }
  std::vector<RelationPointer> out;
  std::vector<table::BindError> errors;
  for (const sql::Insert* insert : sql::as<sql::StatementSet>(statement).inserts) {
    try {
      out.push_back(bind_insert(binder, *insert));
    } catch (const PlanError& error) {
      errors.insert(errors.end(), error.errors.begin(), error.errors.end());
    } catch (const table::BindError& error) {
      errors.push_back(error);
    }
  }
  if (!errors.empty()) throw PlanError{std::move(errors)};
  return out;
}

Plan plan_of(const std::vector<RelationPointer>& bound, QueryBinder& binder) {
  Plan out;
  out.streaming = binder.session().streaming();
  for (const auto& root : bound) {
    out.roots.push_back(optimize(root, binder.session(), binder.builder()));
  }
  return out;
}

Outcome plan_rows(const sql::Statement& statement, const Session& session) {
  QueryBinder binder{session};
  Outcome out;
  out.kind =
      statement.kind == sql::StatementKind::query ? Outcome::Kind::query : Outcome::Kind::insert;
  out.plan = plan_of(bind_roots(binder, statement), binder);
  return out;
}

Outcome explain_statement(const sql::Explain& node, const Session& session) {
  const sql::Statement* inner = node.statement;
  if (inner->kind == sql::StatementKind::execute) inner = sql::as<sql::Execute>(*inner).statement;
  if (inner->kind != sql::StatementKind::query && inner->kind != sql::StatementKind::insert &&
      inner->kind != sql::StatementKind::statement_set) {
    reject(inner->range, "EXPLAIN takes a query or an INSERT");
  }
  QueryBinder binder{session};
  const auto bound = bind_roots(binder, *inner);
  Outcome out;
  out.kind = Outcome::Kind::text;
  out.text = explain(bound, plan_of(bound, binder).roots);
  return out;
}

Outcome set_option(const sql::Set& node, Session& session) {
  if (!node.key) {
    Outcome out;
    out.kind = Outcome::Kind::table;
    const LogicalType text = LogicalType::string();
    out.table.columns = {{"key", text}, {"value", text}};
    for (const auto& [key, value] : session.options) out.table.rows.push_back({key, value});
    return out;
  }
  const std::string key{node.key.value}, value{node.value.value};
  if (key == "table.local-time-zone" && value != "default" && !table::TimeZone::find(value)) {
    reject(node.value.range, "there is no time zone '" + value + "'",
           "names are as in Europe/Berlin or GMT+02:00");
  }
  if (key == "execution.runtime-mode" && value != "batch" && value != "streaming" &&
      value != "BATCH" && value != "STREAMING" && value != "AUTOMATIC" && value != "automatic") {
    reject(node.value.range, "'" + key + "' is STREAMING or BATCH");
  }
  session.options[key] = value;
  return {};
}

Outcome reset_option(const sql::Reset& node, Session& session) {
  if (!node.key) {
    session.options = session.default_options;
    return {};
  }
  const std::string key{node.key.value};
  const auto before = session.default_options.find(key);
  if (before == session.default_options.end()) {
    session.options.erase(key);
  } else {
    session.options[key] = before->second;
  }
  return {};
}

Outcome create_and_fill(const sql::CreateTable& node, std::string_view source, Session& session) {
  create_table(node, source, session);
  if (!node.query) return {};
  const ObjectPath path = resolve(node.name, session);
  const auto table = session.catalogs.find(path);
  try {
    QueryBinder binder{session};
    auto query = binder.bind_query(*node.query);
    auto sink = sink_of(binder, std::move(query), *table, path, {}, node.query->range);
    Outcome out;
    out.kind = Outcome::Kind::insert;
    out.plan = plan_of({sink}, binder);
    return out;
  } catch (...) {
    session.catalogs.remove(path, table->temporary);
    throw;
  }
}

Outcome dispatch(const sql::Statement& statement, std::string_view source, Session& session) {
  using Kind = sql::StatementKind;
  switch (statement.kind) {
    case Kind::query:
    case Kind::insert:
    case Kind::statement_set:
      return plan_rows(statement, session);
    case Kind::execute:
      return dispatch(*sql::as<sql::Execute>(statement).statement, source, session);
    case Kind::explain:
      return explain_statement(sql::as<sql::Explain>(statement), session);
    case Kind::begin_statement_set:
      session.in_statement_set = true;
      return {};
    case Kind::end_statement_set:
      if (!session.in_statement_set) reject(statement.range, "END without BEGIN STATEMENT SET");
      session.in_statement_set = false;
      return {};
    case Kind::create_table:
      return create_and_fill(sql::as<sql::CreateTable>(statement), source, session);
    case Kind::create_view:
      return create_view(sql::as<sql::CreateView>(statement), session), Outcome{};
    case Kind::create_catalog:
      return create_catalog(sql::as<sql::CreateCatalog>(statement), session), Outcome{};
    case Kind::create_database:
      return create_database(sql::as<sql::CreateDatabase>(statement), session), Outcome{};
    case Kind::alter_table:
      return alter_table(sql::as<sql::AlterTable>(statement), session), Outcome{};
    case Kind::alter_view:
      return alter_view(sql::as<sql::AlterView>(statement), session), Outcome{};
    case Kind::alter_database:
      return alter_database(sql::as<sql::AlterDatabase>(statement), session), Outcome{};
    case Kind::alter_catalog:
      return alter_catalog(sql::as<sql::AlterCatalog>(statement), session), Outcome{};
    case Kind::drop:
      return drop(sql::as<sql::Drop>(statement), session), Outcome{};
    case Kind::use:
      return use(sql::as<sql::Use>(statement), session), Outcome{};
    case Kind::describe:
      return describe(sql::as<sql::Describe>(statement), session);
    case Kind::show:
      return show(sql::as<sql::Show>(statement), session);
    case Kind::set:
      return set_option(sql::as<sql::Set>(statement), session);
    case Kind::reset:
      return reset_option(sql::as<sql::Reset>(statement), session);
    case Kind::compile_plan:
    case Kind::execute_plan:
      reject(statement.range, "compiled plans are not supported",
             "the text of the script is the plan: flinkc build makes an executable of it");
    case Kind::create_function:
    case Kind::alter_function:
    case Kind::call:
      reject(statement.range, "functions of users and procedures are not supported in SQL yet");
    case Kind::analyze:
    case Kind::stop_job:
      break;
  }
  reject(statement.range, "this statement is not supported yet");
}

}  // namespace

Outcome plan_statement(const sql::Statement& statement, std::string_view source, Session& session) {
  try {
    return dispatch(statement, source, session);
  } catch (const table::BindError& error) {
    table::BindError placed = error;
    if (placed.range.end == 0) placed.range = statement.range;
    throw PlanError{{placed}};
  }
}

}  // namespace flink::planner
