// SPDX-License-Identifier: Apache-2.0
// Calls: functions, aggregates with all that may follow them, JSON functions, arguments that are
// tables.
#pragma once

#include "sql/expression.h"

namespace flink::sql {

struct OrderItem {
  Node value = nullptr;
  bool descending = false;
  enum class Nulls : std::uint8_t { unsaid, first, last } nulls = Nulls::unsaid;
};

struct FrameBound {
  enum class Kind : std::uint8_t {
    unbounded_preceding,
    preceding,
    current_row,
    following,
    unbounded_following,
  } kind = Kind::current_row;
  Node distance = nullptr;  // of preceding and following
};

struct WindowSpecification {
  Range range;
  Name base;  // a window of the WINDOW clause; empty: none
  List<Node> partition_by;
  List<OrderItem> order_by;
  enum class Frame : std::uint8_t { none, rows, range } frame = Frame::none;
  FrameBound lower = {};
  FrameBound upper = {};
  bool between = false;  // false: no upper bound was written
};

struct Argument {
  Name name;  // of name => value; empty: by position
  Node value = nullptr;
};

enum class CallForm : std::uint8_t {
  plain,    // f(a, b)
  bare,     // CURRENT_DATE, without parentheses
  special,  // a form of its own: see Call
};

enum class NullTreatment : std::uint8_t { unsaid, ignore, respect };

// In special forms the name is one of these words, the arguments are as given here:
//   EXTRACT(unit, x)  POSITION(a, b[, from])  OVERLAY(a, b, from[, for])  SUBSTRING(x, from[, for])
//   TRIM(BOTH|LEADING|TRAILING, characters or null pointer, x)  FLOOR(x, unit)  CEIL(x, unit)
//   CONVERT(x, set) of USING  TRANSLATE(x, set) of USING  TIMESTAMPADD(unit, n, t)
//   TIMESTAMPDIFF(unit, a, b)  DATE_DIFF(a, b, unit)  TIMESTAMP_DIFF  DATETIME_DIFF  TIME_DIFF
//   DATE_TRUNC(t, unit)  TIMESTAMP_TRUNC  DATETIME_TRUNC  TIME_TRUNC
//   RUNNING(x), FINAL(x) of MATCH_RECOGNIZE
// Units are Symbols. SUBSTRING(x, 1, 2) with commas has the same form.
struct Call : ExpressionOf<ExpressionKind::call> {
  CallForm form = CallForm::plain;
  Path name;
  List<Argument> arguments;
  bool star = false;  // COUNT(*)
  bool distinct = false;
  List<OrderItem> order_by;  // inside the parentheses: ARRAY_AGG(x ORDER BY y)
  NullTreatment nulls = NullTreatment::unsaid;
  bool nulls_inside = false;     // IGNORE NULLS within the parentheses
  List<OrderItem> within_group;  // WITHIN GROUP (ORDER BY ...)
  Node filter = nullptr;         // FILTER (WHERE ...)
  const WindowSpecification* over = nullptr;
  Name over_name;  // OVER w
};

enum class JsonFunction : std::uint8_t { exists, value, query, object, array, objectagg, arrayagg };

struct JsonBehavior {
  enum class Kind : std::uint8_t {
    unsaid,
    null,
    error,
    default_,
    empty_array,
    empty_object,
    true_,
    false_,
    unknown,
  } kind = Kind::unsaid;
  Node value = nullptr;  // of DEFAULT value
};

struct JsonPair {
  Node key = nullptr;
  Node value = nullptr;
  bool format_json = false;  // value FORMAT JSON
};

struct Json : ExpressionOf<ExpressionKind::json> {
  JsonFunction function = JsonFunction::exists;
  Node input = nullptr;  // of exists, value and query
  bool input_format_json = false;
  Node path = nullptr;
  List<Argument> passing;  // PASSING value AS name
  const DataType* returning = nullptr;
  enum class Wrapper : std::uint8_t {
    unsaid,
    without,
    conditional,
    unconditional
  } wrapper = Wrapper::unsaid;
  JsonBehavior on_empty = {};
  JsonBehavior on_error = {};
  List<JsonPair> pairs;  // of object and objectagg; of array and arrayagg without keys
  enum class Nulls : std::uint8_t { unsaid, null, absent } nulls = Nulls::unsaid;
  List<OrderItem> order_by;      // inside JSON_ARRAYAGG
  List<OrderItem> within_group;  // behind it
};

// DESCRIPTOR(a, b)
struct Descriptor : ExpressionOf<ExpressionKind::descriptor> {
  List<Name> columns;
};

// An argument TABLE t or (query), with what may follow it. One of name and query is there.
struct TableArgument : ExpressionOf<ExpressionKind::table_argument> {
  Path name;
  const Query* query = nullptr;
  List<Node> partition_by;
  List<OrderItem> order_by;
};

// An argument MODEL m.
struct ModelArgument : ExpressionOf<ExpressionKind::model_argument> {
  Path name;
};

// An argument DEFAULT.
struct Default : ExpressionOf<ExpressionKind::default_> {};

}  // namespace flink::sql
