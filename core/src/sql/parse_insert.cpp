// SPDX-License-Identifier: Apache-2.0
// INSERT, and what has INSERTs within: statement sets, EXECUTE, EXPLAIN, COMPILE PLAN.
#include "sql/parser_statements.h"

namespace flink::sql {

const Statement* ParserStatements::insert_statement() { return insert(); }

const Insert* ParserStatements::insert() {
  const auto begin = token().range;
  Insert out;
  expect("INSERT");
  out.overwrite = accept("OVERWRITE");
  if (!out.overwrite) expect("INTO");
  else accept("INTO");
  out.table = path();
  out.hints = hints();
  if (accept("PARTITION")) out.partition = partition_values(true);
  if (sees(TokenKind::left_parenthesis) && !starts_nested_query()) {
    advance();
    std::vector<Path> columns;
    do columns.push_back(path());
    while (accept(TokenKind::comma));
    expect(TokenKind::right_parenthesis);
    out.columns = list(columns);
  }
  out.query = query();
  if (accept("ON")) {
    expect("CONFLICT");
    expect("DO");
    if (accept("ERROR")) out.conflict = Insert::Conflict::error;
    else if (accept("NOTHING")) out.conflict = Insert::Conflict::nothing;
    else expect("DEDUPLICATE"), out.conflict = Insert::Conflict::deduplicate;
  }
  out.range = from(begin);
  return arena_.make(out);
}

List<PartitionValue> ParserStatements::partition_values(bool values_needed) {
  expect(TokenKind::left_parenthesis);
  std::vector<PartitionValue> out;
  do out.push_back(partition_value(values_needed));
  while (accept(TokenKind::comma));
  expect(TokenKind::right_parenthesis);
  return list(out);
}

PartitionValue ParserStatements::partition_value(bool value_needed) {
  PartitionValue out;
  out.name = name();
  if (!value_needed && !at(TokenKind::equal)) return out;
  expect(TokenKind::equal);
  out.value = operand();
  return out;
}

// STATEMENT SET BEGIN insert; ... END; an error in one insert lets the others be read.
const StatementSet* ParserStatements::statement_set() {
  const auto begin = token().range;
  expect("STATEMENT");
  expect("SET");
  expect("BEGIN");
  std::vector<const Insert*> inserts;
  do {
    try {
      inserts.push_back(insert());
      if (!accept(TokenKind::semicolon)) fail();
    } catch (const ParseFailure&) {
      skip_statement();
      if (at_end()) throw;
      advance();
    }
  } while (!at("END") && !at_end());
  expect("END");
  StatementSet out;
  out.inserts = list(inserts);
  out.range = from(begin);
  return arena_.make(out);
}

const Statement* ParserStatements::execute_statement() {
  const auto begin = token().range;
  expect("EXECUTE");
  if (accept("PLAN")) {
    ExecutePlan out;
    out.uri = text();
    return done(out, begin);
  }
  Execute out;
  out.statement = explained();
  return done(out, begin);
}

// A query, an insert or a statement set.
const Statement* ParserStatements::explained() {
  if (at("STATEMENT")) return statement_set();
  if (at("INSERT")) return insert();
  const auto begin = token().range;
  QueryStatement out;
  out.query = query();
  return done(out, begin);
}

const Statement* ParserStatements::explain() {
  const auto begin = token().range;
  Explain out;
  expect("EXPLAIN");
  if (accept("PLAN")) {
    expect("FOR");
    out.plan_for = true;
  } else {
    explain_details(out);
  }
  if (at("EXECUTE")) {
    out.statement = execute_statement();
  } else if (at("CREATE") || at("REPLACE")) {
    refuse_by_name();
    out.statement = create();
    const bool as_query = out.statement->kind == StatementKind::create_table &&
                          as<CreateTable>(*out.statement).query != nullptr;
    if (!as_query) {
      fail_with(SyntaxErrorKind::invalid, last_range(),
                "of CREATE and REPLACE only CREATE TABLE ... AS query can be explained");
    }
  } else {
    out.statement = explained();
  }
  return done(out, begin);
}

void ParserStatements::explain_details(Explain& explain) {
  const auto detail = [this](std::string_view word, bool& flag) {
    if (!at(word)) return false;
    if (flag) {
      fail_with(SyntaxErrorKind::invalid, token().range, "this detail is asked for twice");
    }
    advance();
    return flag = true;
  };
  const auto any = [&] {
    return detail("ESTIMATED_COST", explain.estimated_cost) ||
           detail("CHANGELOG_MODE", explain.changelog_mode) ||
           detail("JSON_EXECUTION_PLAN", explain.json_execution_plan) ||
           detail("PLAN_ADVICE", explain.plan_advice);
  };
  if (!any()) return;
  while (accept(TokenKind::comma)) {
    if (!any()) fail();
  }
}

const Statement* ParserStatements::set_or_insert() {
  if (at("STATEMENT")) return statement_set();
  return insert();
}

const Statement* ParserStatements::compile_plan() {
  const auto begin = token().range;
  CompilePlan out;
  expect("COMPILE");
  if (accept("AND")) {
    expect("EXECUTE");
    out.execute = true;
  }
  expect("PLAN");
  out.uri = text();
  out.if_not_exists = !out.execute && if_not_exists();
  expect("FOR");
  out.statement = set_or_insert();
  return done(out, begin);
}

}  // namespace flink::sql
