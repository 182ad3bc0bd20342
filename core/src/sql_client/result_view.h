// SPDX-License-Identifier: Apache-2.0
// What becomes of the rows of a query's result: a view takes them as they come and gives the text
// to be shown, now or at the end.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "table/context.h"
#include "table/row.h"
#include "table/row_layout.h"

namespace flink::sql_client {

enum class ResultMode : unsigned char {
  tableau,    // boxes; in STREAMING with the kinds of rows, as they come
  changelog,  // the same with the kinds of rows, in BATCH too
  table,      // what the changes add up to, at the end
  json,       // a row a line, as connector `values` has them
  csv,        // a row a line, names first; with the kinds of rows in STREAMING
  tsv,        // the same, cells as in boxes, tabs between, \t \n \r \\ \0 for those characters
};

struct ResultColumns {
  std::vector<table::Field> fields;
  bool streaming = true;
};

class ResultView {
 public:
  virtual ~ResultView() = default;
  // Appends what is to be shown before any row.
  virtual void begin(std::string& out) = 0;
  virtual void add(table::RowKind kind, std::span<const table::Datum> values, std::string& out) = 0;
  // All rows have come.
  virtual void end(std::string& out) = 0;
};

// `width_max`: of a column in boxes.
std::unique_ptr<ResultView> make_view(ResultMode mode, ResultColumns columns,
                                      const table::Session& session, int width_max);

// "tableau", in any case. Throws Error{user} for what is none.
ResultMode result_mode_of(std::string_view name);

}  // namespace flink::sql_client
