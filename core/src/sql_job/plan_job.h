// SPDX-License-Identifier: Apache-2.0
// From a session and a plan to a graph: its options become the job's configuration.
#pragma once

#include <flink/environment.h>

#include "planner/plan.h"
#include "table_runtime/connector.h"
#include "table_runtime/row_stream.h"
#include "table_runtime/translate.h"

namespace flink::sql_job {

// The rows of a query.
table_runtime::RowStream add_query(StreamExecutionEnvironment& env, const planner::Plan& plan,
                                   const planner::Session& session,
                                   const table_runtime::TableConnectors& connectors,
                                   table_runtime::Uids& uids);
// Its rows printed, as the connector 'print' does.
void add_printed_query(StreamExecutionEnvironment& env, const planner::Plan& plan,
                       const planner::Session& session,
                       const table_runtime::TableConnectors& connectors, table_runtime::Uids& uids);
void add_inserts(StreamExecutionEnvironment& env, const planner::Plan& plan,
                 const planner::Session& session, const table_runtime::TableConnectors& connectors,
                 table_runtime::Uids& uids);

}  // namespace flink::sql_job
