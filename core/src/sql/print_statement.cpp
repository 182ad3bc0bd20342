// SPDX-License-Identifier: Apache-2.0
// Statements that define nothing.
#include "sql/powers.h"
#include "sql/print_core.h"
#include "sql/printer.h"

namespace flink::sql {
namespace {

std::string_view spelling(ShowKind kind) {
  switch (kind) {
    case ShowKind::catalogs:
      return "CATALOGS";
    case ShowKind::current_catalog:
      return "CURRENT CATALOG";
    case ShowKind::databases:
      return "DATABASES";
    case ShowKind::current_database:
      return "CURRENT DATABASE";
    case ShowKind::tables:
      return "TABLES";
    case ShowKind::views:
      return "VIEWS";
    case ShowKind::columns:
      return "COLUMNS";
    case ShowKind::functions:
      return "FUNCTIONS";
    case ShowKind::user_functions:
      return "USER FUNCTIONS";
    case ShowKind::procedures:
      return "PROCEDURES";
    case ShowKind::partitions:
      return "PARTITIONS";
    case ShowKind::jobs:
      return "JOBS";
    case ShowKind::create_table:
      return "CREATE TABLE";
    case ShowKind::create_view:
      return "CREATE VIEW";
    case ShowKind::create_catalog:
      return "CREATE CATALOG";
  }
  return "";
}

}  // namespace

std::string print(const Statement& statement) {
  Printer printer;
  printer.statement(statement);
  return printer.take();
}

void Printer::statement(const Statement& statement) {
  switch (statement.kind) {
    case StatementKind::query:
      return query(*as<QueryStatement>(statement).query);
    case StatementKind::insert:
      return insert(as<Insert>(statement));
    case StatementKind::statement_set:
      add("STATEMENT SET BEGIN ");
      for (const auto* const one : as<StatementSet>(statement).inserts) {
        insert(*one);
        add("; ");
      }
      return add("END");
    case StatementKind::execute:
      add("EXECUTE ");
      return this->statement(*as<Execute>(statement).statement);
    case StatementKind::begin_statement_set:
      return add("BEGIN STATEMENT SET");
    case StatementKind::end_statement_set:
      return add("END");
    case StatementKind::explain:
      return explain(as<Explain>(statement));
    case StatementKind::compile_plan: {
      const auto& plan = as<CompilePlan>(statement);
      add(plan.execute ? "COMPILE AND EXECUTE PLAN " : "COMPILE PLAN ");
      text(plan.uri.value);
      add(plan.if_not_exists ? " IF NOT EXISTS FOR " : " FOR ");
      return this->statement(*plan.statement);
    }
    case StatementKind::execute_plan:
      add("EXECUTE PLAN ");
      return text(as<ExecutePlan>(statement).uri.value);
    case StatementKind::describe:
      return describe(as<Describe>(statement));
    case StatementKind::show:
      return show(as<Show>(statement));
    case StatementKind::use:
      add("USE ", as<Use>(statement).catalog ? "CATALOG " : "");
      return path(as<Use>(statement).name);
    case StatementKind::set: {
      const auto& set = as<Set>(statement);
      add("SET");
      if (!set.key) return;
      add(" ");
      text(set.key.value);
      add(" = ");
      return text(set.value.value);
    }
    case StatementKind::reset:
      add("RESET");
      if (!as<Reset>(statement).key) return;
      add(" ");
      return text(as<Reset>(statement).key.value);
    case StatementKind::analyze:
      return analyze(as<Analyze>(statement));
    case StatementKind::call:
      add("CALL ");
      return expression(as<CallProcedure>(statement).call);
    case StatementKind::stop_job: {
      const auto& stop = as<StopJob>(statement);
      add("STOP JOB ");
      text(stop.job.value);
      return add(stop.savepoint ? " WITH SAVEPOINT" : "", stop.drain ? " WITH DRAIN" : "");
    }
    default:
      return definition(statement);
  }
}

void Printer::partition_values(List<PartitionValue> values) {
  add("PARTITION (");
  separated(values, ", ", [this](const PartitionValue& one) {
    name(one.name);
    if (one.value == nullptr) return;
    add(" = ");
    expression(one.value, power_sign);
  });
  add(")");
}

void Printer::insert(const Insert& insert) {
  add(insert.overwrite ? "INSERT OVERWRITE " : "INSERT INTO ");
  path(insert.table);
  add(" ");
  hints(insert.hints);
  if (!insert.partition.empty()) {
    partition_values(insert.partition);
    add(" ");
  }
  if (!insert.columns.empty()) {
    paths(insert.columns);
    add(" ");
  }
  query(*insert.query);
  switch (insert.conflict) {
    case Insert::Conflict::unsaid:
      return;
    case Insert::Conflict::error:
      return add(" ON CONFLICT DO ERROR");
    case Insert::Conflict::nothing:
      return add(" ON CONFLICT DO NOTHING");
    case Insert::Conflict::deduplicate:
      return add(" ON CONFLICT DO DEDUPLICATE");
  }
}

void Printer::explain(const Explain& explain) {
  add("EXPLAIN ", explain.plan_for ? "PLAN FOR " : "");
  std::string_view comma;
  const auto detail = [&](bool asked, std::string_view word) {
    if (!asked) return;
    add(comma, word);
    comma = ", ";
  };
  detail(explain.estimated_cost, "ESTIMATED_COST");
  detail(explain.changelog_mode, "CHANGELOG_MODE");
  detail(explain.json_execution_plan, "JSON_EXECUTION_PLAN");
  detail(explain.plan_advice, "PLAN_ADVICE");
  if (!comma.empty()) add(" ");
  statement(*explain.statement);
}

void Printer::describe(const Describe& describe) {
  add("DESCRIBE ");
  switch (describe.object) {
    case ObjectKind::job:
      add("JOB ");
      return text(describe.job.value);
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
      break;
  }
  add(describe.extended ? "EXTENDED " : "");
  path(describe.name);
}

void Printer::show(const Show& show) {
  add("SHOW ", spelling(show.show));
  if (!show.name.empty()) {
    const bool plain = show.show == ShowKind::partitions || show.show >= ShowKind::create_table;
    add(plain ? " " : show.in ? " IN " : " FROM ");
    path(show.name);
  }
  if (!show.partition.empty()) {
    add(" ");
    partition_values(show.partition);
  }
  if (!show.pattern) return;
  add(show.not_like ? " NOT" : "", show.ilike ? " ILIKE " : " LIKE ");
  text(show.pattern.value);
}

void Printer::analyze(const Analyze& analyze) {
  add("ANALYZE TABLE ");
  path(analyze.table);
  add(" ");
  if (!analyze.partition.empty()) {
    partition_values(analyze.partition);
    add(" ");
  }
  add("COMPUTE STATISTICS");
  if (analyze.all_columns) add(" FOR ALL COLUMNS");
  if (analyze.columns.empty()) return;
  add(" FOR COLUMNS ");
  separated(analyze.columns, ", ", [this](const Name& column) { name(column); });
}

}  // namespace flink::sql
