// SPDX-License-Identifier: Apache-2.0
// DESCRIBE, SHOW, USE, SET, RESET, ANALYZE, CALL, STOP JOB.
#include "sql/parser_statements.h"

namespace flink::sql {

const Statement* ParserStatements::describe() {
  const auto begin = token().range;
  Describe out;
  advance();
  const auto object = [&](std::string_view word, ObjectKind kind) {
    // Behind the word comes a name; DESCRIBE catalog is a table's.
    if (!at(word) || ended(1) || sees(TokenKind::dot, 1)) return false;
    advance();
    out.object = kind;
    return true;
  };
  if (object("JOB", ObjectKind::job)) {
    out.job = text();
    return done(out, begin);
  }
  if (!object("CATALOG", ObjectKind::catalog) && !object("DATABASE", ObjectKind::database) &&
      !object("FUNCTION", ObjectKind::function)) {
    accept("TABLE");
  }
  out.extended = accept("EXTENDED");
  if (!sees_name()) fail_expecting("a name");
  out.name = path();
  return done(out, begin);
}

const Statement* ParserStatements::show() {
  const auto begin = token().range;
  Show out;
  expect("SHOW");
  if (accept("CREATE")) return show_create(out, begin);
  if (accept("CURRENT")) {
    const bool catalog = accept("CATALOG");
    if (!catalog) expect("DATABASE");
    out.show = catalog ? ShowKind::current_catalog : ShowKind::current_database;
    return done(out, begin);
  }
  if (accept("JOBS")) {
    out.show = ShowKind::jobs;
    return done(out, begin);
  }
  if (accept("PARTITIONS")) {
    out.show = ShowKind::partitions;
    out.name = path();
    if (accept("PARTITION")) out.partition = partition_values(true);
    return done(out, begin);
  }
  if (accept("COLUMNS")) {
    out.show = ShowKind::columns;
    out.in = accept("IN");
    if (!out.in) expect("FROM");
    out.name = path();
    show_like(out, false);
    return done(out, begin);
  }
  bool ilike = true;
  bool from = true;
  if (accept("CATALOGS")) {
    out.show = ShowKind::catalogs;
    from = false;
  } else if (accept("TABLES")) {
    out.show = ShowKind::tables;
    ilike = false;
  } else if (accept("VIEWS")) {
    out.show = ShowKind::views;
    ilike = false;
  } else if (accept("DATABASES")) {
    out.show = ShowKind::databases;
  } else if (accept("PROCEDURES")) {
    out.show = ShowKind::procedures;
  } else {
    out.show = accept("USER") ? ShowKind::user_functions : ShowKind::functions;
    expect("FUNCTIONS");
  }
  if (from) show_from(out);
  show_like(out, ilike);
  return done(out, begin);
}

const Statement* ParserStatements::show_create(Show show, Range begin) {
  if (accept("TABLE")) {
    show.show = ShowKind::create_table;
  } else if (accept("VIEW")) {
    show.show = ShowKind::create_view;
  } else {
    expect("CATALOG");
    show.show = ShowKind::create_catalog;
  }
  show.name = path();
  return done(show, begin);
}

void ParserStatements::show_from(Show& show) {
  show.in = accept("IN");
  if (show.in || accept("FROM")) show.name = path();
}

void ParserStatements::show_like(Show& show, bool ilike) {
  show.not_like = accept("NOT");
  show.ilike = ilike && accept("ILIKE");
  if (show.ilike || accept("LIKE")) show.pattern = text();
  else if (show.not_like) fail();
}

const Statement* ParserStatements::use() {
  const auto begin = token().range;
  Use out;
  expect("USE");
  if (at("CATALOG") && !ended(1) && !sees(TokenKind::dot, 1)) {
    advance();
    out.catalog = true;
  }
  out.name = path();
  return done(out, begin);
}

const Statement* ParserStatements::set() {
  const auto begin = token().range;
  Set out;
  expect("SET");
  if (ended()) return done(out, begin);
  if (sees(TokenKind::word)) {
    fail_with(SyntaxErrorKind::unexpected, token().range,
              detail::concat("unexpected ", spelled(token()), "; expected a 'text'"),
              "key and value are texts: SET 'key' = 'value'");
  }
  out.key = text();
  expect(TokenKind::equal);
  out.value = text();
  return done(out, begin);
}

const Statement* ParserStatements::reset() {
  const auto begin = token().range;
  Reset out;
  expect("RESET");
  if (!ended()) out.key = text();
  return done(out, begin);
}

const Statement* ParserStatements::analyze() {
  const auto begin = token().range;
  Analyze out;
  expect("ANALYZE");
  expect("TABLE");
  out.table = path();
  if (accept("PARTITION")) out.partition = partition_values(false);
  expect("COMPUTE");
  expect("STATISTICS");
  if (accept("FOR")) {
    if (accept("ALL")) {
      expect("COLUMNS");
      out.all_columns = true;
    } else {
      expect("COLUMNS");
      std::vector<Name> columns;
      do columns.push_back(name());
      while (accept(TokenKind::comma));
      out.columns = list(columns);
    }
  }
  return done(out, begin);
}

const Statement* ParserStatements::call_procedure() {
  const auto begin = token().range;
  CallProcedure out;
  expect("CALL");
  const auto name_begin = token().range;
  const auto name = path();
  out.call = plain_call(name, name_begin);
  return done(out, begin);
}

const Statement* ParserStatements::stop_job() {
  const auto begin = token().range;
  StopJob out;
  expect("STOP");
  expect("JOB");
  out.job = text();
  while (accept("WITH")) {
    if (!out.savepoint) {
      expect("SAVEPOINT");
      out.savepoint = true;
    } else {
      expect("DRAIN");
      out.drain = true;
      break;
    }
  }
  return done(out, begin);
}

}  // namespace flink::sql
