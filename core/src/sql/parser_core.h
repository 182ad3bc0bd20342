// SPDX-License-Identifier: Apache-2.0
// The parser's insides: recursive descent, expressions by binding power. One object reads one text.
// Members are in parse_*.cpp, by what they read. Private to the module.
#pragma once

#include "sql/cursor.h"
#include "sql/relation.h"

namespace flink::sql {

// How deep parentheses, calls and sub-queries may lie in each other.
inline constexpr int nesting_max = 500;

class ParserCore : public Cursor {
 public:
  using Cursor::Cursor;

  // parse_expression.cpp
  Node expression(int least_power = 0);
  // parse_query.cpp
  const Query* query();
  const Query* query_after(const Query* first, Range first_range);  // first UNION ...
  std::vector<SyntaxError> finished_errors();
  bool at_end() const { return sees(TokenKind::end); }
  void expect_end() {
    if (!at_end()) fail_expecting("the end");
  }

 protected:
  // One level of nesting, for as long as it lives.
  class Level {
   public:
    explicit Level(ParserCore& parser) : parser_(parser) {
      if (++parser_.nesting_ > nesting_max) {
        --parser_.nesting_;
        parser_.fail_too_deep();
      }
    }
    ~Level() { --parser_.nesting_; }
    Level(const Level&) = delete;
    Level& operator=(const Level&) = delete;

   private:
    ParserCore& parser_;
  };
  [[noreturn]] void fail_too_deep();

  // Puts a finished node into the arena: its range, and a depth above its parts'.
  template <class T>
  const T* finish(T node, Range range, int depth_below = 0) {
    if (depth_below + 1 > expression_depth_max) fail_too_deep();
    node.range = range;
    node.depth = static_cast<std::uint16_t>(depth_below + 1);
    return arena_.make(std::move(node));
  }
  static int depth_of(Node node) { return node == nullptr ? 0 : node->depth; }
  template <class... Nodes>
  static int depth_of(Node first, Nodes... others) {
    return std::max(depth_of(first), depth_of(others...));
  }
  static int depth_of(List<Node> nodes);

  // parse_expression.cpp
  Node operand();
  Node operand_of(std::size_t operator_at, std::size_t reach, int power);
  Node postfix(Node operand, Range begin);
  Node infix(Node left, Range begin, int least_power);
  Node infix_word(Node left, Range begin, int least_power);
  Node binary(Node left, Range begin, BinaryOperator op, std::size_t words, int power);
  Node chain(Node left, Range begin, ChainOperator op, int power);
  Node is_test(Node left, Range begin, int least_power);
  Node negatable(Node left, Range begin, int least_power);
  Node between(Node left, Range begin, bool negated);
  Node in(Node left, Range begin, bool negated);
  Node like(Node left, Range begin, LikeKind kind, bool negated, std::size_t operator_at);
  Node multiset_operator(Node left, Range begin, int least_power);
  bool sees_period_operator() const;
  bool sees_quantifier(std::size_t ahead) const;
  bool sees_operator(ChainOperator op) const;

  // parse_primary.cpp
  Node primary();
  Node word_primary();
  Node keyword_primary();
  Node name_or_call();
  Node parenthesized();
  Node sub_query_in_parentheses(SubQueryKind kind, Range begin);
  Node case_expression();
  Node cast();
  Node constructor(ConstructorKind kind, SubQueryKind query_kind);
  std::vector<Node> expressions_until(TokenKind close);
  bool sees_query_start(std::size_t ahead = 0) const;
  bool sees_set_operator() const;

  // parse_query.cpp
  const Query* ordered(Query query, Range begin);
  void offset(Query& query);
  void fetch(Query& query);
  Node row_count();
  const QueryBody* body();
  const QueryBody* set_operations(const QueryBody* left, Range begin, int least_power);
  bool same_word(const Token& token, std::string_view word) const;
  const QueryBody* values();
  const QueryBody* select();
  SelectItem select_item();
  void group_by(Select& select);
  List<GroupItem> group_items();
  GroupItem group_item();
  List<NamedWindow> named_windows();
  List<Name> name_list();

  // parse_from.cpp
  const Relation* relation();
  const Relation* joined(const Relation* left, Range begin);
  const Relation* table_factor();
  const Relation* unnest(bool lateral, Range begin);
  const Relation* wrapped_function(bool lateral, Range begin);
  const Relation* derived(bool lateral, Range begin);
  const Relation* matched(const Relation* input, Range begin);
  // [[AS] alias [(columns)]] behind it
  template <class T>
  const Relation* aliased(T relation, Range begin) {
    refuse_table_clause();
    if (accept("AS") || sees_name()) {
      relation.alias = name();
      if (sees(TokenKind::left_parenthesis)) relation.columns = name_list();
      refuse_table_clause();
    }
    relation.range = from(begin);
    return arena_.make(relation);
  }
  Node system_time();
  void refuse_table_clause();
  bool starts_nested_query() const;

  // parse_match.cpp
  void match_rows(MatchRecognize& match);
  void match_skip(MatchRecognize& match);
  const Pattern* pattern();
  const Pattern* pattern_sequence();
  const Pattern* pattern_factor();
  const Pattern* pattern_primary();
  bool pattern_quantifier(Pattern& pattern);
  bool sees_pattern() const;
  const Pattern* finish_pattern(Pattern pattern, Range begin);

  // parse_hint.cpp
  List<Hint> hints();
  Hint hint();

  // parse_recovery.cpp: an error within read() is noted, and a later clause of the query is next.
  template <class F>
  void clause(int rank, F read) {
    const auto begin = at_;
    try {
      read();
      expect_clause_end(rank);
    } catch (const ParseFailure& failure) {
      if (failure.fatal || !skip_to_clause(begin, rank)) throw;
      operator_at_ = no_operator;
    }
  }
  void expect_clause_end(int rank);
  bool skip_to_clause(std::size_t begin, int rank);
  int clause_rank() const;

  // parse_literal.cpp
  Node literal(LiteralKind kind, std::string_view value);
  Node number_literal();
  Node text_literal();
  Node typed_literal();
  Node decimal_literal();
  Node interval();
  IntervalQualifier interval_qualifier(bool leading_only);
  bool sees_interval_unit() const;
  int precision();  // [(n)]; -1: none
  int whole_number();

  // parse_type.cpp
  const DataType* data_type();           // as CAST takes it
  const DataType* nullable_data_type();  // with [NOT] NULL behind it
  const DataType* suffixed(DataType type, Range begin, bool nullable);
  DataType base_type();
  bool simple_type(DataType& type);
  void time_type(DataType& type);
  List<RowField> row_fields(TokenKind close);
  Nullability nullability();
  std::uint16_t depth_above(const DataType& type);

  // parse_call.cpp
  Node special_call();
  Node call(Path name, Range begin);
  Node plain_call(Path name, Range begin);  // without what follows an aggregate
  void arguments(Call& call);
  Argument argument();
  Node argument_value();
  Node table_argument();
  Node with_table_clauses(Node value, Range begin);
  Node aggregate_clauses(Call call, Range begin);
  List<OrderItem> order_by();
  List<OrderItem> order_items();
  OrderItem order_item();
  const WindowSpecification* window_specification();
  FrameBound frame_bound();
  int depth_of(const Call& call) const;
  int depth_of(const WindowSpecification& window) const;
  static int depth_of(List<OrderItem> items);

  // parse_special_call.cpp
  Node unit_symbol();
  Node symbol();
  Node trim(Range begin);
  Node floor_or_ceil(Range begin, std::string_view name);
  Node unit_first(Range begin, std::string_view name);
  Node unit_last(Range begin, std::string_view name, int values);
  Node position_call(Range begin);
  Node overlay(Range begin);
  Node substring(Range begin);
  Node convert_or_translate(Range begin, std::string_view name);
  Node special(std::string_view name, Range begin, std::initializer_list<Node> arguments);

  // parse_json.cpp
  Node json_call(JsonFunction function, Range begin);
  void json_common(Json& json);
  void json_object(Json& json);
  void json_array(Json& json);
  JsonPair json_pair(bool first);
  void json_nulls(Json& json);
  JsonBehavior json_behavior(JsonFunction function);
  void json_behaviors(Json& json);
  void json_wrapper(Json& json);
  int depth_of(const Json& json) const;

  int nesting_ = 0;
  std::size_t next_hint_ = 0;
  std::vector<std::size_t> hints_read_;
};

}  // namespace flink::sql
