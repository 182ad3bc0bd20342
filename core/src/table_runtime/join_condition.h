// SPDX-License-Identifier: Apache-2.0
// What else must hold of two rows with equal keys, and rows of both put together.
#pragma once

#include "table/evaluate.h"
#include "table_runtime/row_maker.h"
#include "table_runtime/row_stream.h"

namespace flink::table_runtime {

// What a join is, in either mode.
enum class JoinKind : std::uint8_t { inner, left, right, full, semi, anti };

// Whether a row of that side goes out without a partner.
inline bool pads(JoinKind kind, bool left) {
  return kind == JoinKind::full || kind == (left ? JoinKind::left : JoinKind::right);
}
inline bool gives_left_only(JoinKind kind) {
  return kind == JoinKind::semi || kind == JoinKind::anti;
}

struct JoinSideSpec {
  RowPicker key;  // in the order of the other side's
  // A unique key of the rows, if there is one: columns, none when the join key contains it.
  std::optional<RowPicker> unique;
};

struct JoinSpec {
  JoinKind kind = JoinKind::inner;
  RowLayout left_row, right_row;
  JoinSideSpec left, right;
  // Over the columns of the left row, then the right one's; may be null.
  table::ExpressionPointer condition;
  // Columns of the key where NULL equals NULL.
  std::vector<bool> null_safe;
  table::Session session;
  bool batch = false;

  RowLayout output() const;
};

class JoinCondition {
 public:
  explicit JoinCondition(std::shared_ptr<const JoinSpec> spec);
  JoinCondition(const JoinCondition& other) : JoinCondition(other.spec_) {}
  JoinCondition& operator=(const JoinCondition&) = delete;

  // Whether rows of that key have partners at all: no column is NULL that must not be.
  bool key_may_match(std::string_view key) const;
  // Those of `others` that fit to the row.
  void fitting(std::string_view row, bool row_is_left, std::span<const std::string_view> others,
               std::vector<std::uint32_t>& out);

 private:
  std::shared_ptr<const JoinSpec> spec_;
  table::Session session_;
  table::Memory memory_;
  table::Context context_;
  std::vector<bool> reads_;
};

// Puts pairs together; an empty row is one of NULLs.
class JoinOutput {
 public:
  explicit JoinOutput(std::shared_ptr<const JoinSpec> spec);
  JoinOutput(const JoinOutput& other) : JoinOutput(other.spec_) {}
  JoinOutput& operator=(const JoinOutput&) = delete;
  void collect(RowKind kind, std::string_view left, std::string_view right, Collector<Row>& out);

 private:
  void fill(const RowLayout& layout, std::string_view row, std::span<table::Datum> values);

  std::shared_ptr<const JoinSpec> spec_;
  RowMaker maker_;
  table::Memory memory_;
  std::vector<table::Datum> values_;
};

}  // namespace flink::table_runtime
