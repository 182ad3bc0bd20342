// SPDX-License-Identifier: Apache-2.0
// Expressions as a tree of plain structs. Switch on `kind` and take as<T>(node); each struct says
// in `static constexpr` which kind it is. Nothing is resolved here: names are names, calls are
// calls.
//
// Trees are no deeper than expression_depth_max, chains of AND, OR and || are flat: recursion over
// a tree is safe.
#pragma once

#include "flink/base/check.h"
#include "sql/data_type.h"

namespace flink::sql {

struct Query;

enum class ExpressionKind : std::uint8_t {
  literal,
  interval_literal,
  interval_of,
  interval_between,
  name,
  star,
  symbol,
  unary,
  binary,
  chain,
  test,
  between,
  in,
  like,
  quantified,
  sub_query,
  case_,
  cast,
  call,
  json,
  constructor,
  element,
  field,
  descriptor,
  table_argument,
  model_argument,
  default_,
};

inline constexpr int expression_depth_max = 1000;

struct Expression {
  ExpressionKind kind;
  std::uint16_t depth = 1;  // of the tree below, with this node
  Range range;
};
using Node = const Expression*;

template <class T>
const T& as(const Expression& node) {
  FLINK_CHECK(node.kind == T::kind_of, node.kind);
  return static_cast<const T&>(node);
}
template <class T>
const T* try_as(const Expression* node) {
  return node != nullptr && node->kind == T::kind_of ? static_cast<const T*>(node) : nullptr;
}

// A node of the kind K.
template <ExpressionKind K>
struct ExpressionOf : Expression {
  static constexpr ExpressionKind kind_of = K;
  ExpressionOf() : Expression{K, 1, {}} {}
};

enum class LiteralKind : std::uint8_t {
  null,
  unknown,  // UNKNOWN, a NULL of BOOLEAN
  boolean,  // value: TRUE or FALSE
  exact,    // value: digits with an optional point, "12", "1.50", ".5", "1."; a number is positive
  approximate,  // value: as written, "1e0"
  text,         // value: UTF-8
  bytes,        // value: an even number of hexadecimal digits
  date,         // value of these: the text as written in the quotes
  time,
  timestamp,
  timestamp_ltz,  // TIMESTAMP WITH LOCAL TIME ZONE '...'
};

struct Literal : ExpressionOf<ExpressionKind::literal> {
  LiteralKind literal = LiteralKind::null;
  std::string_view value;
};

// INTERVAL -'1 02:03' DAY TO MINUTE
struct IntervalLiteral : ExpressionOf<ExpressionKind::interval_literal> {
  bool negative = false;
  std::string_view value;
  IntervalQualifier qualifier;
};

// INTERVAL (a + b) DAY, INTERVAL 5 DAY
struct IntervalOf : ExpressionOf<ExpressionKind::interval_of> {
  bool negative = false;
  Node operand = nullptr;
  IntervalQualifier qualifier;
};

// (left - right) DAY: the time between two dates or timestamps
struct IntervalBetween : ExpressionOf<ExpressionKind::interval_between> {
  Node left = nullptr;
  Node right = nullptr;
  IntervalQualifier qualifier;
};

// a, a.b.c
struct NameReference : ExpressionOf<ExpressionKind::name> {
  Path path;
};

// *, t.*, (row).*
struct Star : ExpressionOf<ExpressionKind::star> {
  Path qualifier;
  Node operand = nullptr;  // the row, if not a name
};

// A word that a special form takes: DAY, WEEK(MONDAY), EPOCH of EXTRACT; BOTH of TRIM. Upper case.
struct Symbol : ExpressionOf<ExpressionKind::symbol> {
  std::string_view text;
};

enum class UnaryOperator : std::uint8_t { not_, minus, plus };

struct Unary : ExpressionOf<ExpressionKind::unary> {
  UnaryOperator op = UnaryOperator::not_;
  Node operand = nullptr;
};

enum class BinaryOperator : std::uint8_t {
  plus,
  minus,
  times,
  divide,
  remainder,
  equal,
  not_equal,
  less,
  less_equal,
  greater,
  greater_equal,
  is_distinct_from,
  is_not_distinct_from,
  overlaps,  // of two periods, rows of two, as the next six
  contains,
  equals,
  precedes,
  succeeds,
  immediately_precedes,
  immediately_succeeds,
  member_of,
  submultiset_of,
  not_submultiset_of,
  multiset_union,
  multiset_union_distinct,
  multiset_intersect,
  multiset_intersect_distinct,
  multiset_except,
  multiset_except_distinct,
};

struct Binary : ExpressionOf<ExpressionKind::binary> {
  BinaryOperator op = BinaryOperator::plus;
  Range op_range;
  Node left = nullptr;
  Node right = nullptr;
};

enum class ChainOperator : std::uint8_t { and_, or_, concat };

// a AND b AND c, from left to right; at least two.
struct Chain : ExpressionOf<ExpressionKind::chain> {
  ChainOperator op = ChainOperator::and_;
  List<Node> operands;
};

enum class TestKind : std::uint8_t {
  null,
  true_,
  false_,
  unknown,
  json_value,  // IS JSON too
  json_object,
  json_array,
  json_scalar,
  a_set,
  empty,
};

// operand IS [NOT] test
struct Test : ExpressionOf<ExpressionKind::test> {
  TestKind test = TestKind::null;
  bool negated = false;
  Node operand = nullptr;
};

struct Between : ExpressionOf<ExpressionKind::between> {
  bool negated = false;
  bool symmetric = false;
  Node operand = nullptr;
  Node low = nullptr;
  Node high = nullptr;
};

// operand [NOT] IN (list) or (query): one of them is there.
struct In : ExpressionOf<ExpressionKind::in> {
  bool negated = false;
  Node operand = nullptr;
  List<Node> list;
  const Query* query = nullptr;
};

enum class LikeKind : std::uint8_t { like, ilike, rlike, similar_to };

struct Like : ExpressionOf<ExpressionKind::like> {
  LikeKind like = LikeKind::like;
  bool negated = false;
  Node operand = nullptr;
  Node pattern = nullptr;
  Node escape = nullptr;  // may be absent
};

// operand op ALL|SOME (list) or (query)
struct Quantified : ExpressionOf<ExpressionKind::quantified> {
  BinaryOperator op = BinaryOperator::equal;
  bool all = false;
  Node operand = nullptr;
  List<Node> list;
  const Query* query = nullptr;
};

enum class SubQueryKind : std::uint8_t { scalar, exists, unique, array, map, multiset };

struct SubQuery : ExpressionOf<ExpressionKind::sub_query> {
  SubQueryKind sub_query = SubQueryKind::scalar;
  const Query* query = nullptr;
};

struct When {
  List<Node> values;  // several only with CASE operand
  Node then = nullptr;
};

struct Case : ExpressionOf<ExpressionKind::case_> {
  Node operand = nullptr;  // may be absent
  List<When> whens;
  Node otherwise = nullptr;  // may be absent
};

struct Cast : ExpressionOf<ExpressionKind::cast> {
  bool try_ = false;
  Node operand = nullptr;
  const DataType* type = nullptr;
};

enum class ConstructorKind : std::uint8_t {
  array,           // ARRAY[...]
  map,             // MAP[k, v, ...]
  multiset,        // MULTISET[...]
  row,             // ROW(...)
  tuple,           // (a, b), a row too
  array_function,  // ARRAY(...)
  map_function,    // MAP(...)
  period,          // PERIOD(a, b)
};

struct Constructor : ExpressionOf<ExpressionKind::constructor> {
  ConstructorKind constructor = ConstructorKind::array;
  List<Node> elements;
};

// operand[index]
struct Element : ExpressionOf<ExpressionKind::element> {
  Node operand = nullptr;
  Node index = nullptr;
};

// operand.name, where the operand is no name: f(x).a, a[1].b, (row).c
struct Field : ExpressionOf<ExpressionKind::field> {
  Node operand = nullptr;
  Name name;
};

}  // namespace flink::sql
