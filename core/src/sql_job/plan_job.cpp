// SPDX-License-Identifier: Apache-2.0
#include "sql_job/plan_job.h"

#include "config/option_table.h"
#include "table_runtime/translate.h"

namespace flink::sql_job {
namespace {

// Options that SQL alone knows stay in the session.
void configure(StreamExecutionEnvironment& env, const planner::Plan& plan,
               const planner::Session& session) {
  for (const auto& [key, value] : session.options) {
    if (config::find_option(key) != nullptr) env.configure(key, value);
  }
  env.set_runtime_mode(plan.streaming ? RuntimeExecutionMode::streaming
                                      : RuntimeExecutionMode::batch);
}

}  // namespace

table_runtime::RowStream add_query(StreamExecutionEnvironment& env, const planner::Plan& plan,
                                   const planner::Session& session,
                                   const table_runtime::TableConnectors& connectors,
                                   table_runtime::Uids& uids) {
  configure(env, plan, session);
  table_runtime::Translator translator{env, connectors, session.functions(), plan.streaming, uids};
  return translator.rows(plan.roots[0]);
}

void add_printed_query(StreamExecutionEnvironment& env, const planner::Plan& plan,
                       const planner::Session& session,
                       const table_runtime::TableConnectors& connectors,
                       table_runtime::Uids& uids) {
  table::TableDescription screen;
  screen.name = "query";
  for (const auto& column : plan.roots[0]->columns) {
    screen.columns.push_back({column.name, column.type});
  }
  screen.options = {{"connector", "print"}};
  connectors.find(screen)
      .add_sink(add_query(env, plan, session, connectors, uids), screen, false)
      .uid(uids.unique(screen.name));
}

void add_inserts(StreamExecutionEnvironment& env, const planner::Plan& plan,
                 const planner::Session& session, const table_runtime::TableConnectors& connectors,
                 table_runtime::Uids& uids) {
  configure(env, plan, session);
  table_runtime::translate(plan, session.functions(), connectors, env, uids);
}

}  // namespace flink::sql_job
