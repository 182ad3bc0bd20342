// SPDX-License-Identifier: Apache-2.0
// A script: its statements one after the other, and which is which.
#include "sql/parser_statements.h"

namespace flink::sql {
namespace {

using detail::concat;

constexpr std::size_t errors_max = 100;

}  // namespace

List<const Statement*> ParserStatements::script() {
  std::vector<const Statement*> out;
  while (!at_end() && errors().size() < errors_max) {
    if (sees(TokenKind::semicolon)) {
      advance();
      continue;
    }
    const auto errors_before = errors().size();
    try {
      const auto* const read = statement();
      if (!ended()) fail_expecting(";");
      if (errors().size() == errors_before) out.push_back(read);
    } catch (const ParseFailure&) {
      skip_statement();
    }
  }
  return list(out);
}

void ParserStatements::skip_statement() {
  operator_at_ = no_operator;
  while (!ended()) advance();
}

const Statement* ParserStatements::statement() {
  const auto begin = token().range;
  operator_at_ = no_operator;
  refuse_by_name();
  if (const auto* const known = known_statement()) return known;
  if (sees_query_start() || sees(TokenKind::left_parenthesis)) {
    QueryStatement out;
    out.query = query();
    return done(out, begin);
  }
  for (const auto word :
       {"ALTER", "ANALYZE", "BEGIN",   "CALL",   "COMPILE", "CREATE", "DESCRIBE", "DROP",
        "END",   "EXECUTE", "EXPLAIN", "INSERT", "REPLACE", "RESET",  "SELECT",   "SET",
        "SHOW",  "STOP",    "TABLE",   "USE",    "VALUES",  "WITH"}) {
    also_expected(word);
  }
  fail_expecting("a statement");
}

const Statement* ParserStatements::known_statement() {
  const auto begin = token().range;
  if (sees("CREATE") || sees("REPLACE")) return create();
  if (sees("ALTER")) return alter();
  if (sees("DROP")) return drop();
  if (sees("INSERT")) return insert_statement();
  if (sees("EXECUTE")) return execute_statement();
  if (sees("EXPLAIN")) return explain();
  if (sees("COMPILE")) return compile_plan();
  if (sees("DESCRIBE") || sees("DESC")) return describe();
  if (sees("SHOW")) return show();
  if (sees("USE")) return use();
  if (sees("SET")) return set();
  if (sees("RESET")) return reset();
  if (sees("ANALYZE")) return analyze();
  if (sees("CALL")) return call_procedure();
  if (sees("STOP")) return stop_job();
  if (sees("BEGIN")) {
    advance();
    expect("STATEMENT");
    expect("SET");
    return done(BeginStatementSet{}, begin);
  }
  if (sees("END")) {
    advance();
    return done(EndStatementSet{}, begin);
  }
  return nullptr;
}

void ParserStatements::refuse(Range begin, std::string_view feature, std::string_view instead) {
  fail_with(SyntaxErrorKind::refused, begin, concat(feature, " is not supported by flinkc"),
            std::string{instead});
}

// What Flink has and we do not, by its first words.
void ParserStatements::refuse_by_name() {
  const auto begin = token().range;
  struct Refused {
    std::string_view first, second, feature, instead;
  };
  constexpr std::string_view batch_table = "write the rows that remain with INSERT OVERWRITE";
  constexpr std::string_view function = "CREATE FUNCTION f AS 'f.h' brings a C++ function along";
  constexpr Refused all[] = {
      {"UPDATE", "", "UPDATE", batch_table},
      {"DELETE", "FROM", "DELETE", batch_table},
      {"MERGE", "INTO", "MERGE", ""},
      {"UPSERT", "INTO", "UPSERT", "INSERT INTO a table with a primary key upserts"},
      {"TRUNCATE", "TABLE", "TRUNCATE TABLE", batch_table},
      {"ADD", "JAR", "ADD JAR", function},
      {"REMOVE", "JAR", "REMOVE JAR", function},
      {"SHOW", "JARS", "SHOW JARS", function},
      {"LOAD", "MODULE", "LOAD MODULE", ""},
      {"UNLOAD", "MODULE", "UNLOAD MODULE", ""},
      {"USE", "MODULES", "USE MODULES", ""},
      {"SHOW", "MODULES", "SHOW MODULES", ""},
      {"SHOW", "MODELS", "SHOW MODELS", ""},
      {"SHOW", "CONNECTIONS", "SHOW CONNECTIONS", ""},
      {"DESCRIBE", "MODEL", "DESCRIBE MODEL", ""},
      {"DESC", "MODEL", "DESCRIBE MODEL", ""},
      {"DESCRIBE", "CONNECTION", "DESCRIBE CONNECTION", ""},
      {"DESC", "CONNECTION", "DESCRIBE CONNECTION", ""},
  };
  for (const auto& known : all) {
    if (!sees(known.first) || (!known.second.empty() && !sees(known.second, 1))) continue;
    // A table may be called so.
    if (known.second.starts_with("MODEL") || known.second.starts_with("CONNECTION")) {
      if (!sees_name(2) && known.first != "SHOW") continue;
    }
    refuse(begin, known.feature, known.instead);
  }
  if (sees("SHOW") && sees("FULL", 1) && sees("MODULES", 2)) refuse(begin, "SHOW FULL MODULES");
  const bool show = sees("SHOW");
  const bool show_create = show && sees("CREATE", 1);
  std::size_t at = show_create ? 2 : 1;
  if (!show && !sees("CREATE") && !sees("ALTER") && !sees("DROP")) return;
  if (sees("OR", at) && (sees("ALTER", at + 1) || sees("REPLACE", at + 1))) at += 2;
  if (sees("TEMPORARY", at)) ++at;
  if (sees("SYSTEM", at)) ++at;
  const auto verb = spelled(token());
  if (sees("MATERIALIZED", at)) {
    refuse(begin, concat(show_create ? "SHOW CREATE" : verb, " MATERIALIZED TABLE"),
           "a table and an INSERT that fills it do the same");
  }
  if (sees("MODEL", at) && (!show || show_create)) {
    refuse(begin, concat(show_create ? "SHOW CREATE" : verb, " MODEL"));
  }
  if (sees("CONNECTION", at) && (!show || show_create)) {
    refuse(begin, concat(show_create ? "SHOW CREATE" : verb, " CONNECTION"));
  }
}

}  // namespace flink::sql
