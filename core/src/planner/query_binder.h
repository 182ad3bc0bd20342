// SPDX-License-Identifier: Apache-2.0
// A query's tree to algebra. Clauses bind in SQL's order; each has a scope, which says what names
// mean there, and a relation, to which sub-queries join themselves.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "planner/builder.h"
#include "planner/plan.h"
#include "sql/query.h"
#include "sql/relation.h"

namespace flink::planner {

// A table in FROM, as names find it.
struct Source {
  std::string alias;  // empty: columns have no qualifier
  std::vector<Column> columns;
};

// Columns of USING and NATURAL: one for two.
struct Merged {
  std::string name;
  ExpressionPointer value;
  ColumnSet of;
};

struct From {
  RelationPointer relation;
  std::vector<Source> sources;
  std::vector<Merged> merged;
};

class QueryBinder;
class ClauseScope;

// After GROUP BY: what stands for the expressions that are grouped by.
struct Grouping {
  const ClauseScope* input = nullptr;
  std::vector<ExpressionPointer> keys;  // over the input
  std::vector<Column> columns;          // their columns after it
};

// What names mean in a clause.
class ClauseScope final : public table::Scope {
 public:
  ClauseScope(QueryBinder& binder, const From& from, const ClauseScope* outer)
      : binder_(binder), from_(from), outer_(outer) {}

  ExpressionPointer find(const sql::Path& path, std::size_t& used) const override;
  ExpressionPointer known(const sql::Expression& node) const override;

  // Of this scope alone; null: there is none.
  ExpressionPointer find_own(const sql::Path& path, std::size_t& used) const;
  const ClauseScope* outer() const noexcept { return outer_; }

  // As messages call it: WHERE.
  std::string_view clause = "SELECT";
  const Grouping* grouping = nullptr;
  // Names of ORDER BY: aliases go first.
  const std::map<std::string, ExpressionPointer>* aliases = nullptr;
  // Calls that have been computed: aggregates, OVER.
  std::map<const sql::Expression*, ExpressionPointer> computed = {};
  // Where sub-queries join. Null: they cannot stand here.
  RelationPointer* relation = nullptr;

 private:
  ExpressionPointer find_in_sources(const sql::Path& path, std::size_t& used) const;
  ExpressionPointer find_grouped(const sql::Path& path, std::size_t& used) const;
  ExpressionPointer known_group(const sql::Expression& node) const;
  [[noreturn]] void reject_name(const sql::Path& path) const;

  QueryBinder& binder_;
  const From& from_;
  const ClauseScope* outer_;
};

// WITH, by name; a view and a query in it see others.
struct WithScope {
  const sql::WithItem* item = nullptr;
  const WithScope* outer = nullptr;
  const ClauseScope* clause = nullptr;  // where WITH stands
};

class QueryBinder {
 public:
  explicit QueryBinder(const Session& session)
      : session_(session), functions_(session.functions()) {}

  RelationPointer bind_query(const sql::Query& query, const ClauseScope* outer = nullptr);
  // Reads a table with all its columns and its watermark.
  RelationPointer read_table(const CatalogTable& table, const ObjectPath& path,
                             const Options& options, sql::Range range);
  // A path with what the session adds to it.
  ObjectPath resolve(const sql::Path& path) const;

  ExpressionPointer bind_value(const sql::Expression& node, const ClauseScope& scope);
  ExpressionPointer bind_condition(const sql::Expression& node, const ClauseScope& scope);
  // Null: it is no sub-query.
  ExpressionPointer bind_sub_query(const sql::Expression& node, const ClauseScope& scope);

  Builder& builder() noexcept { return builder_; }
  const Session& session() const noexcept { return session_; }
  const table::Session& functions() const noexcept { return functions_; }
  // Errors that did not end the binding, in order of the text; thrown where a clause is done.
  template <class Do>
  bool attempt(Do&& act) {
    try {
      act();
      return true;
    } catch (const table::BindError& error) {
      errors_.push_back(error);
      return false;
    }
  }
  void throw_errors();

 private:
  struct SelectState;

  RelationPointer bind_ordered(const sql::Query& query, const ClauseScope* outer);
  RelationPointer bind_body(const sql::QueryBody& body, const ClauseScope* outer);
  RelationPointer bind_values(const sql::Values& values, const ClauseScope* outer);
  RelationPointer bind_set_operation(const sql::SetOperation& node, const ClauseScope* outer);
  RelationPointer count_rows(std::vector<RelationPointer> inputs, bool intersect);
  RelationPointer bind_select(const sql::Select& select, const sql::Query* query,
                              const ClauseScope* outer);
  // bind_select in parts.
  void bind_where(SelectState& state, const sql::Node& where);
  void bind_where_part(SelectState& state, const sql::Expression& node);
  bool bind_semi_join(SelectState& state, const sql::Expression& node, bool negated);
  std::vector<ExpressionPointer> bind_left(const sql::Expression& node, const ClauseScope& scope);
  std::vector<ExpressionPointer> in_conditions(const std::vector<ExpressionPointer>& left,
                                               const Relation& right, sql::Range range);
  void bind_groups(SelectState& state);
  void bind_overs(SelectState& state);
  void bind_items(SelectState& state);
  void bind_star(SelectState& state, const sql::Star& star);
  RelationPointer finish_select(SelectState& state);
  void sort_items(SelectState& state);

  RelationPointer ordered(RelationPointer input, const sql::Query& query);
  RelationPointer limited(RelationPointer input, std::vector<SortKey> order,
                          const sql::Query& query) const;

  From bind_from(const sql::Relation& relation, const ClauseScope* outer);
  From bind_table(const sql::TableReference& node, const ClauseScope* outer);
  From bind_table_body(const sql::Path& name, const sql::List<sql::Hint>& hints,
                       const ClauseScope* outer);
  RelationPointer bind_view(const CatalogTable& view, const ObjectPath& path, sql::Range range);
  From bind_join(const sql::Join& node, const ClauseScope* outer);
  From bind_lateral(From left, const sql::Relation& right, const sql::Join& node,
                    const ClauseScope* outer);
  From bind_unnest(From left, const sql::Unnest& node, bool is_outer, const ClauseScope* outer);
  From bind_temporal_join(From left, From right, const sql::Join& node, sql::Node time,
                          const ClauseScope* outer);
  From bind_function(const sql::TableFunction& node, const ClauseScope* outer);
  From named(RelationPointer relation, const sql::Relation& node, std::string alias);

  RelationPointer bind_argument_table(const sql::Expression& node, const ClauseScope* outer,
                                      ColumnIds& partition);

  // Sub-queries: joined to the left, whose columns they may name.
  RelationPointer join_sub_query(JoinType type, RelationPointer left, RelationPointer right,
                                 std::vector<ExpressionPointer> conditions);
  ExpressionPointer scalar_value(const sql::Query& query, sql::Range range,
                                 const ClauseScope& scope);
  using NamedCalls = std::vector<std::pair<std::string, ExpressionPointer>>;
  RelationPointer whole(RelationPointer input, const NamedCalls& calls);
  ExpressionPointer quantified_value(const sql::Quantified& node, const ClauseScope& scope);
  ExpressionPointer exists_value(const sql::Query& query, const ClauseScope& scope);
  ExpressionPointer in_value(const ExpressionPointer& left, RelationPointer right, sql::Range range,
                             const ClauseScope& scope);

  const Session& session_;
  table::Session functions_;
  Builder builder_;
  std::vector<table::BindError> errors_;
  const WithScope* with_ = nullptr;
  std::string catalog_ = session_.catalogs.current_catalog();
  std::string database_ = session_.catalogs.current_database();
  int view_depth_ = 0;

  friend class ClauseScope;
  friend class GroupBinder;
  friend class OverBinder;
};

// "did you mean 'x'?" or nothing.
std::string nearest_name(std::string_view name, const std::vector<std::string>& all);

// Aggregates and functions with OVER in an expression, outermost first, sub-queries left out.
struct Calls {
  std::vector<const sql::Expression*> aggregates;  // calls, and those that make JSON
  std::vector<const sql::Call*> overs;
};
void collect_calls(const sql::Expression& node, Calls& out);
bool is_aggregate_name(std::string_view name);
std::string function_name(const sql::Call& call);  // upper case

// The kind, size and so on from the arguments behind the table and its time.
WindowSpec window_spec(std::string_view name, const sql::Call& call, std::size_t first,
                       TimeAttribute time);
bool is_window_function(std::string_view name);
RelationPointer window_of(Builder& builder, RelationPointer input, ColumnId time, WindowSpec spec,
                          ColumnIds partition);

}  // namespace flink::planner
