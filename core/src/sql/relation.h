// SPDX-License-Identifier: Apache-2.0
// What stands in FROM.
#pragma once

#include "sql/query.h"

namespace flink::sql {

enum class RelationKind : std::uint8_t { table, derived, function, unnest, join, match };

enum class PatternKind : std::uint8_t {
  variable,
  sequence,     // A B
  alternation,  // A | B
  quantified,   // A{2,5}?
  exclusion,    // {- A -}
  permutation,  // PERMUTE(A, B)
};

// Of MATCH_RECOGNIZE.
struct Pattern {
  PatternKind kind = PatternKind::variable;
  std::uint16_t depth = 1;
  Range range = {};
  Name variable = {};
  List<const Pattern*> parts = {};  // one of quantified and exclusion
  int least = -1;                   // -1: not written, as in {,5}
  int most = -1;                    // -1: no limit
  bool reluctant = false;
};

struct Relation {
  RelationKind kind;
  std::uint16_t depth = 1;
  Range range = {};
  // AS alias (columns): of all but joins.
  Name alias = {};
  List<Name> columns = {};
};

template <RelationKind K>
struct RelationOf : Relation {
  static constexpr RelationKind kind_of = K;
  RelationOf() : Relation{K} {}
};

template <class T>
const T& as(const Relation& relation) {
  FLINK_CHECK(relation.kind == T::kind_of, relation.kind);
  return static_cast<const T&>(relation);
}

// t /*+ OPTIONS(...) */ FOR SYSTEM_TIME AS OF x
struct TableReference : RelationOf<RelationKind::table> {
  Path name;
  List<Hint> hints;
  Node system_time = nullptr;
};

// [LATERAL] (query); VALUES too
struct DerivedTable : RelationOf<RelationKind::derived> {
  bool lateral = false;
  const Query* query = nullptr;
  Node system_time = nullptr;
};

// [LATERAL] [TABLE(] f(x) [)]: a window or a table function
struct TableFunction : RelationOf<RelationKind::function> {
  bool lateral = false;
  bool wrapped = false;  // TABLE(...)
  Node call = nullptr;
};

struct Unnest : RelationOf<RelationKind::unnest> {
  bool lateral = false;
  List<Node> collections;
  bool with_ordinality = false;
};

enum class JoinKind : std::uint8_t { inner, left, right, full, cross, comma };

// Condition, columns of USING, or neither.
struct Join : RelationOf<RelationKind::join> {
  JoinKind join = JoinKind::inner;
  bool natural = false;
  const Relation* left = nullptr;
  const Relation* right = nullptr;
  Node condition = nullptr;
  List<Name> using_columns;
};

struct Measure {
  Node value = nullptr;
  Name alias;
};

struct Definition {
  Name variable;
  Node condition = nullptr;
};

struct Subset {
  Name name;
  List<Name> variables;
};

// input MATCH_RECOGNIZE (...)
struct MatchRecognize : RelationOf<RelationKind::match> {
  const Relation* input = nullptr;
  List<Node> partition_by;
  List<OrderItem> order_by;
  List<Measure> measures;
  enum class Rows : std::uint8_t { unsaid, one, all } rows = Rows::unsaid;
  enum class Skip : std::uint8_t {
    unsaid,
    past_last_row,
    to_next_row,
    to_first,
    to_last
  } skip = Skip::unsaid;
  Name skip_variable;  // of to_first and to_last
  bool anchored_begin = false;
  bool anchored_end = false;
  const Pattern* pattern = nullptr;
  Node within = nullptr;
  List<Subset> subsets;
  List<Definition> definitions;
};

}  // namespace flink::sql
