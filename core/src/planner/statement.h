// SPDX-License-Identifier: Apache-2.0
// Statements one by one; plan.h chooses.
#pragma once

#include "planner/plan.h"
#include "planner/query_binder.h"

namespace flink::planner {

// ddl.cpp
void create_table(const sql::CreateTable& node, std::string_view source, Session& session);
void create_view(const sql::CreateView& node, Session& session);
void create_catalog(const sql::CreateCatalog& node, Session& session);
void create_database(const sql::CreateDatabase& node, Session& session);
void drop(const sql::Drop& node, Session& session);
void use(const sql::Use& node, Session& session);
// alter.cpp
void alter_table(const sql::AlterTable& node, Session& session);
void alter_view(const sql::AlterView& node, Session& session);
void alter_database(const sql::AlterDatabase& node, Session& session);
void alter_catalog(const sql::AlterCatalog& node, Session& session);
// show.cpp
Outcome show(const sql::Show& node, Session& session);
Outcome describe(const sql::Describe& node, Session& session);
// insert.cpp
RelationPointer bind_insert(QueryBinder& binder, const sql::Insert& node);
// A query's rows into a table that may not be in a catalog yet.
RelationPointer sink_of(QueryBinder& binder, RelationPointer query, const CatalogTable& table,
                        const ObjectPath& path, const Options& options, sql::Range range);
// explain.cpp
std::string explain(const std::vector<RelationPointer>& bound,
                    const std::vector<RelationPointer>& optimized);
// optimize.cpp: from what was bound to what is run.
RelationPointer optimize(const RelationPointer& bound, const Session& session, Builder& builder);

// Parts.
ObjectPath resolve(const sql::Path& path, const Session& session);
// Throws BindError when there is none.
std::shared_ptr<const CatalogTable> find_table(const sql::Path& path, const Session& session);
Options options_of(const sql::List<sql::Option>& options);
std::shared_ptr<table::TableDescription> describe_table(const CatalogTable& table,
                                                        const ObjectPath& path,
                                                        const Options& options);
// The columns of a table with their types, those of computed ones too; also checks that its
// expressions mean something. Errors are at `range`.
void complete_table(CatalogTable& table, const ObjectPath& path, const Session& session,
                    sql::Range range);
CatalogColumn catalog_column(const sql::Column& column);

}  // namespace flink::planner
