// SPDX-License-Identifier: Apache-2.0
// Queries: WITH, SELECT and what may stand for it, set operations, ORDER BY.
#pragma once

#include "sql/call.h"

namespace flink::sql {

struct Relation;  // relation.h

enum class BodyKind : std::uint8_t { select, set_operation, values, table, nested };

struct QueryBody {
  BodyKind kind;
  Range range;
};

template <BodyKind K>
struct BodyOf : QueryBody {
  static constexpr BodyKind kind_of = K;
  BodyOf() : QueryBody{K, {}} {}
};

template <class T>
const T& as(const QueryBody& body) {
  FLINK_CHECK(body.kind == T::kind_of, body.kind);
  return static_cast<const T&>(body);
}

struct WithItem {
  Name name;
  List<Name> columns;
  const Query* query = nullptr;
};

// Without anything but a body it is the body itself.
struct Query {
  Range range;
  bool recursive = false;
  List<WithItem> with;
  const QueryBody* body = nullptr;
  List<OrderItem> order_by;
  Node offset = nullptr;
  Node limit = nullptr;  // LIMIT or FETCH
};

struct HintOption {
  Name name;            // a word
  Text key;             // or a text, or a number
  bool number = false;  // key is one
  Text value;           // of key = value
};

// /*+ NAME(options) */
struct Hint {
  Name name;
  List<HintOption> options;
};

struct SelectItem {
  Node value = nullptr;
  Name alias;
};

enum class GroupKind : std::uint8_t { expression, empty, rollup, cube, grouping_sets };

// Of ROLLUP (...), CUBE (...), GROUPING SETS (...) the items are below; (a, b) is an expression, a
// tuple, () is empty.
struct GroupItem {
  GroupKind kind = GroupKind::expression;
  Range range;
  Node value = nullptr;
  List<GroupItem> items;
};

struct NamedWindow {
  Name name;
  const WindowSpecification* window = nullptr;
};

enum class SetQuantifier : std::uint8_t { unsaid, all, distinct };

struct Select : BodyOf<BodyKind::select> {
  List<Hint> hints;
  SetQuantifier quantifier = SetQuantifier::unsaid;
  List<SelectItem> items;
  const Relation* from = nullptr;  // may be absent, as all below
  Node where = nullptr;
  bool grouped = false;  // GROUP BY is there
  SetQuantifier group_quantifier = SetQuantifier::unsaid;
  List<GroupItem> group_by;
  Node having = nullptr;
  List<NamedWindow> windows;
  Node qualify = nullptr;
};

enum class SetOperator : std::uint8_t { union_, intersect, except };

// a UNION b UNION c: operands of one operator are flat, from left to right.
struct SetOperation : BodyOf<BodyKind::set_operation> {
  SetOperator op = SetOperator::union_;
  bool all = false;
  List<const QueryBody*> operands;
};

// VALUES (1, 'a'), (2, 'b'): each row a row constructor or one expression.
struct Values : BodyOf<BodyKind::values> {
  List<Node> rows;
};

// TABLE t
struct TableBody : BodyOf<BodyKind::table> {
  Path name;
};

// (query)
struct NestedQuery : BodyOf<BodyKind::nested> {
  const Query* query = nullptr;
};

}  // namespace flink::sql
