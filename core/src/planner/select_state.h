// SPDX-License-Identifier: Apache-2.0
// A SELECT while it is bound.
#pragma once

#include <memory>

#include "planner/query_binder.h"

namespace flink::planner {

SortKey sort_key(ColumnId column, const sql::OrderItem& item);
// The number of a column in ORDER BY.
bool is_ordinal(const sql::Literal& literal);

struct QueryBinder::SelectState {
  const sql::Select& select;
  const sql::Query* query;  // with ORDER BY and LIMIT; may be null
  const ClauseScope* outer;

  From from = {};
  std::unique_ptr<ClauseScope> input = {};  // of FROM, WHERE, GROUP BY, arguments of aggregates
  ClauseScope* scope = nullptr;             // of HAVING, SELECT, ORDER BY
  std::unique_ptr<ClauseScope> grouped_scope = {};
  Grouping grouping = {};
  RelationPointer grouped = {};

  struct Item {
    ExpressionPointer value;
    std::string name;
    sql::Node node = nullptr;
  };
  std::vector<Item> items = {};
  struct Order {
    ExpressionPointer value;
    const sql::OrderItem* item;
  };
  std::vector<Order> order = {};

  RelationPointer& current() { return grouping.input ? grouped : from.relation; }
};

}  // namespace flink::planner
