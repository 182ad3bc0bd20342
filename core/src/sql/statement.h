// SPDX-License-Identifier: Apache-2.0
// Statements, but for those that define things (definition.h).
#pragma once

#include "sql/relation.h"

namespace flink::sql {

enum class StatementKind : std::uint8_t {
  query,
  insert,
  statement_set,
  execute,
  begin_statement_set,  // of the client: BEGIN STATEMENT SET; INSERT ...; END;
  end_statement_set,
  explain,
  compile_plan,
  execute_plan,
  create_table,
  create_view,
  create_catalog,
  create_database,
  create_function,
  alter_table,
  alter_view,
  alter_catalog,
  alter_database,
  alter_function,
  drop,
  describe,
  show,
  use,
  set,
  reset,
  analyze,
  call,
  stop_job,
};

struct Statement {
  StatementKind kind;
  Range range = {};  // without the semicolon
};

template <StatementKind K>
struct StatementOf : Statement {
  static constexpr StatementKind kind_of = K;
  StatementOf() : Statement{K} {}
};

template <class T>
const T& as(const Statement& statement) {
  FLINK_CHECK(statement.kind == T::kind_of, statement.kind);
  return static_cast<const T&>(statement);
}

struct QueryStatement : StatementOf<StatementKind::query> {
  const Query* query = nullptr;
};

// One of PARTITION (name = value); without a value in ANALYZE.
struct PartitionValue {
  Name name;
  Node value = nullptr;
};

struct Insert : StatementOf<StatementKind::insert> {
  bool overwrite = false;
  Path table;
  List<Hint> hints;
  List<PartitionValue> partition;
  List<Path> columns;
  const Query* query = nullptr;
  enum class Conflict : std::uint8_t {
    unsaid,
    error,
    nothing,
    deduplicate
  } conflict = Conflict::unsaid;
};

// STATEMENT SET BEGIN insert; ... END, of EXECUTE, EXPLAIN and COMPILE PLAN.
struct StatementSet : StatementOf<StatementKind::statement_set> {
  List<const Insert*> inserts;
};

// EXECUTE with a query, an insert or a statement set.
struct Execute : StatementOf<StatementKind::execute> {
  const Statement* statement = nullptr;
};

struct BeginStatementSet : StatementOf<StatementKind::begin_statement_set> {};
struct EndStatementSet : StatementOf<StatementKind::end_statement_set> {};

struct Explain : StatementOf<StatementKind::explain> {
  bool plan_for = false;  // EXPLAIN PLAN FOR
  bool estimated_cost = false;
  bool changelog_mode = false;
  bool json_execution_plan = false;
  bool plan_advice = false;
  const Statement* statement = nullptr;
};

// COMPILE [AND EXECUTE] PLAN 'uri' [IF NOT EXISTS] FOR statement
struct CompilePlan : StatementOf<StatementKind::compile_plan> {
  bool execute = false;
  Text uri;
  bool if_not_exists = false;
  const Statement* statement = nullptr;  // an insert or a statement set
};

struct ExecutePlan : StatementOf<StatementKind::execute_plan> {
  Text uri;
};

enum class ObjectKind : std::uint8_t { table, view, catalog, database, function, job, column };

// DESCRIBE
struct Describe : StatementOf<StatementKind::describe> {
  ObjectKind object = ObjectKind::table;
  bool extended = false;
  Path name;
  Text job;  // of DESCRIBE JOB
};

enum class ShowKind : std::uint8_t {
  catalogs,
  current_catalog,
  databases,
  current_database,
  tables,
  views,
  columns,
  functions,
  user_functions,
  procedures,
  partitions,
  jobs,
  create_table,
  create_view,
  create_catalog,
};

struct Show : StatementOf<StatementKind::show> {
  ShowKind show = ShowKind::tables;
  Path name;        // of FROM, of CREATE TABLE, of PARTITIONS; may be absent
  bool in = false;  // IN was written, not FROM
  List<PartitionValue> partition;
  bool not_like = false;
  bool ilike = false;
  Text pattern;  // of LIKE; may be absent
};

// USE [CATALOG] name
struct Use : StatementOf<StatementKind::use> {
  bool catalog = false;
  Path name;
};

// SET ['key' = 'value']
struct Set : StatementOf<StatementKind::set> {
  Text key;
  Text value;
};

// RESET ['key']
struct Reset : StatementOf<StatementKind::reset> {
  Text key;
};

// ANALYZE TABLE t [PARTITION (...)] COMPUTE STATISTICS [FOR ...]
struct Analyze : StatementOf<StatementKind::analyze> {
  Path table;
  List<PartitionValue> partition;
  List<Name> columns;
  bool all_columns = false;
};

struct CallProcedure : StatementOf<StatementKind::call> {
  Node call = nullptr;
};

struct StopJob : StatementOf<StatementKind::stop_job> {
  Text job;
  bool savepoint = false;
  bool drain = false;
};

}  // namespace flink::sql
