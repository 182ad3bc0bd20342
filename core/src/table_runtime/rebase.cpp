// SPDX-License-Identifier: Apache-2.0
#include "table_runtime/rebase.h"

#include "table_runtime/translate.h"

namespace flink::table_runtime {

using planner::Relation;

namespace {

std::size_t place_of(planner::ColumnId id, const std::vector<const Relation*>& rows) {
  std::size_t before = 0;
  for (const Relation* const row : rows) {
    if (planner::find_column(*row, id)) return before + planner::index_of(*row, id);
    before += row->columns.size();
  }
  FLINK_CHECK(false, id);
  return 0;
}

}  // namespace

table::ExpressionPointer rebased(const table::ExpressionPointer& expression,
                                 const std::vector<const Relation*>& rows) {
  if (!expression) return nullptr;
  auto copy = std::make_shared<table::Expression>(*expression);
  if (copy->kind == table::ExpressionKind::column) copy->column = place_of(copy->column, rows);
  for (auto& argument : copy->arguments) argument = rebased(argument, rows);
  return copy;
}

table::RowPicker picker(const Relation& of, const planner::ColumnIds& columns) {
  std::vector<std::size_t> places;
  for (const auto id : columns) places.push_back(planner::index_of(of, id));
  return {layout_of(of), std::move(places)};
}

std::vector<table::SortColumn> sort_columns(const std::vector<planner::SortKey>& keys,
                                            const Relation& of) {
  std::vector<table::SortColumn> out;
  for (const auto& key : keys) {
    out.push_back({planner::index_of(of, key.column), key.descending, key.nulls_last});
  }
  return out;
}

}  // namespace flink::table_runtime
