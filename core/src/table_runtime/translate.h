// SPDX-License-Identifier: Apache-2.0
// A plan becomes an ordinary graph of operators. The same plan gives the same graph, in every
// process; operators are named in savepoints by what they do to which tables, so that a query that
// is written a little differently finds its state again.
#pragma once

#include <map>

#include "planner/plan.h"
#include "table_runtime/connector.h"
#include "table_runtime/row_stream.h"

namespace flink::table_runtime {

// The layout of a relation's rows.
RowLayout layout_of(const planner::Relation& relation);

// What operators of a job are called in savepoints: each name is given once.
class Uids {
 public:
  std::string unique(const std::string& name);

 private:
  std::map<std::string, int> given_;
};

// Of one statement; `uids` are those of all statements of the job.
class Translator {
 public:
  Translator(StreamExecutionEnvironment& env, const TableConnectors& connectors,
             table::Session session, bool streaming, Uids& uids);
  Translator(const Translator&) = delete;
  Translator& operator=(const Translator&) = delete;

  // The rows of a relation; asked again, the same operators.
  RowStream rows(const planner::RelationPointer& relation);
  // A root that is a Sink.
  DataStreamSink insert(const planner::RelationPointer& sink);

 private:
  RowStream make(const planner::Relation& relation);
  RowStream values(const planner::Values& node);
  RowStream scan(const planner::Scan& node);
  RowStream watermark(const planner::Watermark& node);
  RowStream calc(const planner::Relation& node);
  RowStream expand(const planner::Expand& node);
  RowStream union_all(const planner::UnionAll& node);
  RowStream sort(const planner::Sort& node);
  RowStream drop_update_before(const planner::DropUpdateBefore& node);

  RowStream input(const planner::Relation& node, std::size_t index = 0);
  // Sets the operator's uid.
  RowStream done(const planner::Relation& node, RowOperator made);

  StreamExecutionEnvironment& env_;
  const TableConnectors& connectors_;
  table::Session session_;
  bool streaming_;
  std::map<const planner::Relation*, RowStream> made_;
  std::vector<planner::RelationPointer> kept_;  // so that addresses stay theirs
  Uids& uids_;
  std::string output_ = "query";  // where the rows of what is made go
};

// All roots of an INSERT.
void translate(const planner::Plan& plan, const table::Session& session,
               const TableConnectors& connectors, StreamExecutionEnvironment& env, Uids& uids);

}  // namespace flink::table_runtime
