// SPDX-License-Identifier: Apache-2.0
#include <flink/base/check.h>
#include <flink/error.h>
#include <flink/sql_job/define_sql_job.h>

#include "sql/parser.h"
#include "sql_job/plan_job.h"
#include "table_connectors/factories.h"

namespace flink {

using planner::Outcome;

namespace {

std::string problems_of(const planner::PlanError& error, std::string_view script,
                        std::string_view name) {
  std::string out;
  for (const auto& one : error.errors) out += planner::render(one, script, name);
  return out;
}

}  // namespace

void define_sql_job(StreamExecutionEnvironment& env, std::string_view script,
                    std::string_view name) {
  const table_connectors::Connectors connectors;
  planner::Session session{connectors};
  const auto parsed = sql::parse_script(script);
  std::string problems;
  for (const auto& error : parsed.errors) problems += sql::render(error, script, name);
  if (sql::has_errors(parsed.errors)) throw Error{ErrorKind::user, problems};
  table_runtime::Uids uids;
  bool writes = false;
  for (const auto* statement : parsed.statements) {
    try {
      const auto outcome = planner::plan_statement(*statement, script, session);
      if (outcome.kind == Outcome::Kind::query) {
        sql_job::add_printed_query(env, outcome.plan, session, connectors, uids);
      } else if (outcome.kind == Outcome::Kind::insert) {
        sql_job::add_inserts(env, outcome.plan, session, connectors, uids);
      } else {
        continue;
      }
      writes = true;
    } catch (const planner::PlanError& error) {
      throw Error{ErrorKind::user, problems_of(error, script, name)};
    }
  }
  if (!writes) {
    throw Error{ErrorKind::user,
                detail::concat(name,
                               ": no INSERT and no query, so the job would do nothing; "
                               "flinkc sql -f runs such a script")};
  }
}

}  // namespace flink
