// SPDX-License-Identifier: Apache-2.0
#include "table_runtime/join_condition.h"

#include <numeric>

#include "table_runtime/calc.h"

namespace flink::table_runtime {

using table::Vector;

RowLayout JoinSpec::output() const {
  std::vector<LogicalType> types = left_row.types();
  if (!gives_left_only(kind)) {
    types.insert(types.end(), right_row.types().begin(), right_row.types().end());
  }
  return RowLayout{std::move(types)};
}

JoinCondition::JoinCondition(std::shared_ptr<const JoinSpec> spec)
    : spec_(std::move(spec)), session_(spec_->session), context_(session_, memory_) {
  reads_.resize(spec_->left_row.size() + spec_->right_row.size());
  if (spec_->condition) mark_columns(*spec_->condition, reads_);
}

bool JoinCondition::key_may_match(std::string_view key) const {
  const RowLayout& layout = spec_->left.key.layout();
  for (std::size_t i = 0; i < layout.size(); ++i) {
    if (!spec_->null_safe[i] && layout.is_null(key, i)) return false;
  }
  return true;
}

void JoinCondition::fitting(std::string_view row, bool row_is_left,
                            std::span<const std::string_view> others,
                            std::vector<std::uint32_t>& out) {
  out.resize(others.size());
  std::iota(out.begin(), out.end(), 0);
  if (!spec_->condition || others.empty()) return;
  memory_.clear();
  const std::size_t left_columns = spec_->left_row.size();
  std::vector<Vector> columns(reads_.size());
  const std::vector<std::string_view> same(others.size(), row);
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (!reads_[i]) continue;
    const bool of_left = i < left_columns;
    const RowLayout& layout = of_left ? spec_->left_row : spec_->right_row;
    const auto rows = of_left == row_is_left ? std::span{same} : others;
    columns[i] = layout.gather(rows, of_left ? i : i - left_columns, memory_);
  }
  const Vector fits = evaluate(*spec_->condition, {columns, others.size(), out}, context_);
  std::erase_if(out, [&](std::uint32_t i) { return fits.is_null(i) || !fits.load<bool>(i); });
}

JoinOutput::JoinOutput(std::shared_ptr<const JoinSpec> spec)
    : spec_(std::move(spec)),
      maker_(spec_->output()),
      values_(spec_->left_row.size() + spec_->right_row.size()) {}

void JoinOutput::collect(RowKind kind, std::string_view left, std::string_view right,
                         Collector<Row>& out) {
  if (gives_left_only(spec_->kind)) return collect_copy(kind, left, out);
  memory_.clear();
  const std::size_t columns = spec_->left_row.size();
  fill(spec_->left_row, left, std::span{values_}.first(columns));
  fill(spec_->right_row, right, std::span{values_}.subspan(columns));
  maker_.collect(kind, values_, out);
}

void JoinOutput::fill(const RowLayout& layout, std::string_view row,
                      std::span<table::Datum> values) {
  if (row.empty()) {
    std::fill(values.begin(), values.end(), table::Datum{});
  } else {
    layout.unpack(row, values, memory_);
  }
}

}  // namespace flink::table_runtime
