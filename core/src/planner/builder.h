// SPDX-License-Identifier: Apache-2.0
// Makes nodes of the algebra, with ids for their columns.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "planner/expressions.h"

namespace flink::planner {

class Builder {
 public:
  Column column(std::string name, LogicalType type, TimeAttribute time = TimeAttribute::none) {
    return {next_++, std::move(name), std::move(type), time};
  }

  // The relation itself when there is no condition.
  static RelationPointer filter(RelationPointer input, const ExpressionPointer& condition);
  // Some columns of the input, in this order.
  static RelationPointer pick(RelationPointer input, std::vector<Column> columns);
  // A column stays the same one under another name; other expressions are new columns.
  RelationPointer project(RelationPointer input, const std::vector<ExpressionPointer>& expressions,
                          const std::vector<std::string>& names);
  // Rows without a repetition.
  RelationPointer distinct(RelationPointer input);
  // Each column of the other, with a new id and by these names.
  RelationPointer renamed(RelationPointer input, const std::vector<std::string>& names);
  RelationPointer join(JoinType type, RelationPointer left, RelationPointer right,
                       std::vector<ExpressionPointer> conditions);
  RelationPointer union_all(std::vector<RelationPointer> inputs, std::vector<Column> columns);
  RelationPointer one_row();
  // Aggregates of a relation as a whole or by group, arguments are any expressions.
  AggregateCall call(std::string_view function, std::vector<ExpressionPointer> arguments,
                     bool grouped, const table::Session& session);

 private:
  ColumnId next_ = 0;
};

// Gathers expressions over a relation, each once, and then is a Project of them.
class Projector {
 public:
  Projector(Builder& builder, RelationPointer input)
      : builder_(builder), input_(std::move(input)) {}

  // All columns of the input too.
  void keep_all();
  ColumnId add(const ExpressionPointer& expression, std::string name = "");
  const Column& column(ColumnId id) const;
  // The input itself when nothing was computed and all is kept.
  RelationPointer finish();

 private:
  Builder& builder_;
  RelationPointer input_;
  std::vector<Column> columns_;
  std::vector<ExpressionPointer> expressions_;
  bool computed_ = false;
  bool kept_ = false;
};

}  // namespace flink::planner
