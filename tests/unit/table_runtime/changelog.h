// SPDX-License-Identifier: Apache-2.0
// Tables that change at random: the changes, and what is there at the end.
#pragma once

#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "table/row.h"
#include "table/row_layout.h"

namespace flink::table_runtime {

// id INT, k INT, v INT, s STRING, d DECIMAL(10, 2), b BOOLEAN, t TIMESTAMP(3). The id is unique, t
// never falls where rows only come; the others are NULL now and then, of few values.
enum Column : std::size_t { id, k, v, s, d, b, t };
const table::RowLayout& table_layout();

// A row that owns its bytes.
struct Change {
  table::RowKind kind;
  std::string bytes;
  table::Row row() const { return {kind, bytes}; }
  std::int64_t millis() const;  // of t
};

struct Changelog {
  std::vector<Change> changes;
  std::vector<Change> final_rows;  // all +I
};
// `updates`: rows change and go; else they only come.
Changelog random_changelog(std::mt19937_64& random, std::size_t changes, bool updates);

// Rows by their bytes, with how often each is there.
class Materialised {
 public:
  // False: what goes was not there.
  bool take(const table::Row& row);
  const std::map<std::string, int>& rows() const { return rows_; }

 private:
  std::map<std::string, int> rows_;
};

}  // namespace flink::table_runtime
