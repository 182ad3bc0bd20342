// SPDX-License-Identifier: Apache-2.0
// Rows drawn in boxes, as Flink's client does in result mode TABLEAU.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "table/logical_type.h"

namespace flink::sql_client {

// Columns of a terminal that a text takes.
int display_width(std::string_view text);

class ResultTable {
 public:
  explicit ResultTable(std::vector<int> widths) : widths_(std::move(widths)) {}

  // +----+------+
  void append_border(std::string& out) const;
  // |  1 |    a |, what is too long ends in "...".
  void append_row(std::string& out, const std::vector<std::string>& cells) const;

 private:
  std::vector<int> widths_;
};

// Wide enough for all that is there, up to width_max.
std::vector<int> widths_of_content(const std::vector<std::vector<std::string>>& rows,
                                   int width_max);
// Before the first row is known: what values of the types may take.
std::vector<int> widths_of_types(const std::vector<table::Field>& columns, int width_max);

// Everything at once, with "2 rows in set"; without rows "Empty set".
std::string draw_table(const std::vector<std::string>& names,
                       const std::vector<std::vector<std::string>>& rows, int width_max);

}  // namespace flink::sql_client
