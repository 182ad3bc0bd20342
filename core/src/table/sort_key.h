// SPDX-License-Identifier: Apache-2.0
// Bytes that are in the order of ORDER BY: rows sort by comparing their keys as bytes. A column is
// a byte that says NULL or not, then the value, big-endian and such that smaller is smaller; of
// DESC all bits are turned.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "table/row_layout.h"

namespace flink::table {

struct SortColumn {
  std::size_t column = 0;
  bool descending = false;
  bool nulls_last = false;
};
// NULL is the smallest value where nothing else is said.
inline SortColumn sort_column(std::size_t column, bool descending) {
  return {column, descending, descending};
}

void append_sort_key(const LogicalType& type, const Datum& value, bool descending, bool nulls_last,
                     std::string& out);

std::string sort_key(const RowLayout& layout, std::span<const SortColumn> columns,
                     std::string_view row);

}  // namespace flink::table
