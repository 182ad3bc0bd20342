// SPDX-License-Identifier: Apache-2.0
// The algebra of queries: what is to be computed, as a graph of shared nodes that never change.
// Each node has output columns with ids that are unique in a plan; expressions name columns by id
// (`Expression::column`), so that a rewrite shifts no indexes. Switch on `kind`, take as<T>(node).
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "flink/base/check.h"
#include "table/aggregate.h"
#include "table/changelog_mode.h"
#include "table/expression.h"
#include "table/table_factory.h"

namespace flink::planner {

using table::ChangelogMode;
using table::ExpressionPointer;
using table::LogicalType;

using ColumnId = std::size_t;
using ColumnIds = std::vector<ColumnId>;

// A column that time-based operators go by. Projections keep it, expressions lose it.
enum class TimeAttribute : std::uint8_t { none, rowtime, proctime };

struct Column {
  ColumnId id = 0;
  std::string name;
  LogicalType type;
  TimeAttribute time = TimeAttribute::none;
};

enum class RelationKind : std::uint8_t {
  values,
  scan,
  watermark,
  project,
  filter,
  expand,
  aggregate,
  over,
  join,
  union_all,
  sort,
  rank,
  window,
  unnest,
  changelog_normalize,
  drop_update_before,
  sink,
};

struct Relation;
using RelationPointer = std::shared_ptr<const Relation>;

struct Relation {
  RelationKind kind;
  std::vector<RelationPointer> inputs = {};
  std::vector<Column> columns = {};  // of the output, in order
  // What flows out, once `infer_changelog` has been there (changelog.h).
  ChangelogMode changelog = ChangelogMode::insert_only();
  bool key_only_deletes = false;  // of a -D only the columns of a key can be relied on

  const Relation& input(std::size_t index = 0) const { return *inputs[index]; }
};

template <RelationKind K>
struct RelationOf : Relation {
  static constexpr RelationKind kind_of = K;
  RelationOf() : Relation{K} {}
};

template <class T>
const T& as(const Relation& node) {
  FLINK_CHECK(node.kind == T::kind_of, node.kind);
  return static_cast<const T&>(node);
}
template <class T>
const T* try_as(const Relation& node) {
  return node.kind == T::kind_of ? static_cast<const T*>(&node) : nullptr;
}

// The position of a column in the output.
std::size_t index_of(const Relation& node, ColumnId id);
const Column* find_column(const Relation& node, ColumnId id);

// Expressions without columns, one a column in each row.
struct Values : RelationOf<RelationKind::values> {
  std::vector<std::vector<ExpressionPointer>> rows;
};

struct Scan : RelationOf<RelationKind::scan> {
  std::shared_ptr<const table::TableDescription> table;
  table::SourceTraits traits;
  std::string path;  // `catalog`.`database`.`table`, for EXPLAIN
  // Where each output column is from: a physical column, or metadata by key.
  struct From {
    bool metadata = false;
    std::size_t column = 0;
    std::string key = {};
  };
  std::vector<From> from;
  ColumnIds primary_key;  // where declared
};

// The output is the input's.
struct Watermark : RelationOf<RelationKind::watermark> {
  ColumnId rowtime = 0;
  ExpressionPointer expression;
};

// An expression a column.
struct Project : RelationOf<RelationKind::project> {
  std::vector<ExpressionPointer> expressions;
};

struct Filter : RelationOf<RelationKind::filter> {
  ExpressionPointer condition;
};

// Each input row gives one row for each item, in order: grouping sets.
struct Expand : RelationOf<RelationKind::expand> {
  std::vector<std::vector<ExpressionPointer>> rows;
};

// The arguments are columns of the input.
struct AggregateCall {
  std::string function;  // upper case
  // Without `bound.function` one of the functions that only OVER has: ROW_NUMBER, LAG ...
  table::BoundAggregate bound;
  ColumnIds arguments;
  std::optional<ColumnId> filter;  // a BOOLEAN column; only rows where it is TRUE
};

struct SortKey {
  ColumnId column = 0;
  bool descending = false;
  bool nulls_last = false;
};

enum class WindowKind : std::uint8_t { tumble, hop, cumulate, session };

// Of a window: times in milliseconds.
struct WindowSpec {
  WindowKind kind = WindowKind::tumble;
  TimeAttribute time = TimeAttribute::rowtime;
  std::int64_t size = 0;  // of session the gap, of cumulate the largest
  std::int64_t step = 0;  // of hop the slide, of cumulate the step
  std::int64_t offset = 0;
};

// Groups by windows: the input has the window's columns, rows of a Window node below.
struct WindowGroup {
  WindowSpec spec;
  ColumnId start = 0;
  ColumnId end = 0;
};

// Output: the columns of `group`, then the calls' results. No group: all rows are one group.
struct Aggregate : RelationOf<RelationKind::aggregate> {
  ColumnIds group;
  std::vector<AggregateCall> calls;
  // Results are emitted once, when the window ends.
  std::optional<WindowGroup> window;
};

struct FrameBound {
  enum class Kind : std::uint8_t { unbounded, offset, current } kind = Kind::unbounded;
  std::int64_t offset = 0;  // rows, or milliseconds of a range; before the row, after it if < 0
};

// Output: the input's columns, then the calls' results.
struct Over : RelationOf<RelationKind::over> {
  ColumnIds partition;
  std::vector<SortKey> order;
  bool rows = false;  // ROWS, not RANGE
  FrameBound lower;   // from
  FrameBound upper = {FrameBound::Kind::current};
  std::vector<AggregateCall> calls;
};

enum class JoinType : std::uint8_t { inner, left, right, full, semi, anti };

struct EquiKey {
  ColumnId left = 0;
  ColumnId right = 0;
  bool nulls_match = false;  // IS NOT DISTINCT FROM
};

// left_time is at least right_time + lower and at most right_time + upper.
struct IntervalBounds {
  ColumnId left_time = 0;
  ColumnId right_time = 0;
  std::int64_t lower = 0;
  std::int64_t upper = 0;
};

// Output: the left's columns and the right's, of semi and anti the left's alone.
struct Join : RelationOf<RelationKind::join> {
  JoinType type = JoinType::inner;
  std::vector<EquiKey> keys;
  ExpressionPointer residual;  // over columns of both; may be null
  std::optional<IntervalBounds> interval;
  // FOR SYSTEM_TIME AS OF: each left row meets the right's version of that time.
  std::optional<ColumnId> as_of;
};

// The inputs' columns by position, with ids of its own.
struct UnionAll : RelationOf<RelationKind::union_all> {};

// ORDER BY, OFFSET and LIMIT; any of them may be absent.
struct Sort : RelationOf<RelationKind::sort> {
  std::vector<SortKey> order;
  std::int64_t offset = 0;
  std::optional<std::int64_t> limit;
};

// Of each partition the rows of some ranks. With `number` that is one more output column, BIGINT.
struct Rank : RelationOf<RelationKind::rank> {
  enum class Function : std::uint8_t {
    row_number,
    rank,
    dense_rank
  } function = Function::row_number;
  ColumnIds partition;
  std::vector<SortKey> order;
  std::int64_t first = 1;
  std::int64_t last = std::numeric_limits<std::int64_t>::max();
  bool number = false;
};

// A row for each window it is in. Output: the input's columns, window_start, window_end and
// window_time.
struct Window : RelationOf<RelationKind::window> {
  WindowSpec spec;
  ColumnId time = 0;
  ColumnIds partition;  // of a session
};

// A row for each element of a collection. Output: the input's columns, the element (a row's fields
// each a column, of a map key and value), with `ordinality` its number from 1 (INT).
struct Unnest : RelationOf<RelationKind::unnest> {
  ColumnId collection = 0;
  bool ordinality = false;
  bool outer = false;          // LEFT JOIN: an empty collection gives a row of NULLs
  ExpressionPointer residual;  // of LEFT JOIN ... ON; may be null
};

// Rows that find others by key, to rows with what was before: +I, -U, +U, -D.
struct ChangelogNormalize : RelationOf<RelationKind::changelog_normalize> {
  ColumnIds key;
};

struct DropUpdateBefore : RelationOf<RelationKind::drop_update_before> {};

// The input has the table's physical columns, in order and of their types.
struct Sink : RelationOf<RelationKind::sink> {
  std::shared_ptr<const table::TableDescription> table;
  std::string path;
  bool overwrite = false;
  // Columns that are NOT NULL in the table and may be NULL in the input: checked as rows pass.
  ColumnIds not_null;
  ColumnIds primary_key;
  // Updates may come in another order than they happened: rows are kept by primary key.
  bool materialize = false;
};

// One line a node, inputs below it, as in EXPLAIN.
std::string print(const Relation& root);

}  // namespace flink::planner
