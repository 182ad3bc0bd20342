// SPDX-License-Identifier: Apache-2.0
// The printer's insides: members are in print_*.cpp, by what they print. Private to the module.
#pragma once

#include <string>

#include "flink/base/check.h"
#include "sql/definition.h"

namespace flink::sql {

class Printer {
 public:
  std::string take() { return std::move(out_); }

  // print_expression.cpp
  // In parentheses if it binds less closely than `least_power`.
  void expression(Node node, int least_power = 0);
  // print_type.cpp
  void type(const DataType& type);
  void qualifier(const IntervalQualifier& qualifier);
  // print_query.cpp
  void query(const Query& query);
  // print_statement.cpp
  void statement(const Statement& statement);

  void name(const Name& name);
  void path(Path path);
  void text(std::string_view text);

 private:
  template <class... Parts>
  void add(const Parts&... parts) {
    (detail::append_value(out_, parts), ...);
  }
  template <class T, class Print>
  void separated(const List<T>& items, std::string_view separator, Print print) {
    bool first = true;
    for (const auto& item : items) {
      if (!first) out_ += separator;
      first = false;
      print(item);
    }
  }
  void expressions(List<Node> nodes);
  void names(List<Name> names);  // (`a`, `b`)
  void paths(List<Path> paths);

  // print_expression.cpp
  void bare(const Expression& node);
  void interval(const Expression& node);
  void star(const Star& node);
  void chain(const Chain& node);
  void between(const Between& node);
  void literal(const Literal& literal);
  void binary(const Binary& node);
  void test(const Test& node);
  void like(const Like& node);
  void quantified(const Quantified& node);
  void in(const In& node);
  // print_value.cpp
  void cast(const Cast& node);
  void element(const Element& node);
  void sub_query(const SubQuery& node);
  void case_(const Case& node);
  void constructor(const Constructor& node);
  void owner(Node node);  // in front of .field and .*
  void in_list(List<Node> list, const Query* query);

  // print_call.cpp
  void call(const Call& node);
  void call_name(Path name);
  void call_arguments(const Call& node);
  void special_arguments(const Call& node);
  void argument(const Argument& argument);
  void null_treatment(NullTreatment nulls);
  void order_by(List<OrderItem> items);  // ORDER BY ...
  void order_items(List<OrderItem> items);
  void window(const WindowSpecification& window);
  void bound(const FrameBound& bound);
  void table_argument(const TableArgument& node);
  void json(const Json& node);
  void json_behavior(const JsonBehavior& behavior, std::string_view on);

  // print_type.cpp
  void fields(List<RowField> fields);

  // print_query.cpp
  void body(const QueryBody& body);
  void select(const Select& select);
  void group_items(List<GroupItem> items);
  void hints(List<Hint> hints);

  // print_relation.cpp
  void relation(const Relation& relation);
  void bare_relation(const Relation& relation);
  void join(const Join& join);
  void match(const MatchRecognize& match);
  void pattern(const Pattern& pattern, bool whole);
  void pattern_quantifier(const Pattern& pattern);

  // print_statement.cpp
  void insert(const Insert& insert);
  void explain(const Explain& explain);
  void show(const Show& show);
  void describe(const Describe& describe);
  void analyze(const Analyze& analyze);
  void partition_values(List<PartitionValue> values);

  // print_definition.cpp
  void definition(const Statement& statement);
  void create_table(const CreateTable& table);
  void create_view(const CreateView& view);
  void create_function(const CreateFunction& function);
  void alter_table(const AlterTable& table);
  void alter_schema(const AlterTable& table);
  void alter_catalog(const AlterCatalog& catalog);
  void drop(const Drop& drop);
  void schema(const TableSchema& schema);
  void column(const Column& column);
  void constraint(const Constraint& constraint);
  void distribution(const Distribution& distribution);
  void like(const TableLike& like);
  void comment(Text comment);
  void with_options(List<Option> options);
  void options(List<Option> options);
  void keys(List<Text> keys);
  void language(FunctionLanguage language);

  std::string out_;
};

}  // namespace flink::sql
