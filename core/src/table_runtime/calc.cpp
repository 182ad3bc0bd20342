// SPDX-License-Identifier: Apache-2.0
#include "table_runtime/calc.h"

#include <flink/operators/basic_operator.h>

#include <numeric>

#include "base/clock.h"
#include "table_runtime/row_maker.h"

namespace flink::table_runtime {

namespace {

using table::Selection;
using table::Vector;

class Calc final : public flink::detail::BasicOperator {
 public:
  explicit Calc(std::shared_ptr<const CalcSpec> spec)
      : spec_(std::move(spec)), session_(spec_->session), evaluation_(session_, memory_) {
    reads_.resize(spec_->input.size());
    if (spec_->condition) mark_columns(*spec_->condition, reads_);
    for (const auto& output : spec_->outputs) {
      std::vector<LogicalType> types;
      for (const auto& expression : output) {
        mark_columns(*expression, reads_);
        types.push_back(expression->type);
      }
      makers_.emplace_back(RowLayout{std::move(types)});
    }
  }

  void open(OperatorContext& context) override {
    BasicOperator::open(context);
    out_.bind(context.output(), context.turn());
  }

  void process(int, BatchRef& erased) override {
    auto& batch = static_cast<RecordBatch<Row>&>(*erased);
    // A session without a time of its own has that of the batch.
    if (spec_->session.now.millis == 0) session_.now = {context().clock().wall_millis(), 0};
    out_.begin(batch);
    for (std::size_t from = 0; from < batch.size(); from += stretch) {
      work(batch.records().subspan(from, std::min(stretch, batch.size() - from)));
    }
    out_.end();
  }
  void hand_on() override { out_.end(); }

 private:
  static constexpr std::size_t stretch = 1024;

  void work(std::span<const Row> rows) {
    memory_.clear();
    bytes_.clear();
    for (const Row& row : rows) bytes_.push_back(row.bytes);
    columns_.assign(reads_.size(), Vector{});
    for (std::size_t i = 0; i < reads_.size(); ++i) {
      if (reads_[i]) columns_[i] = spec_->input.gather(bytes_, i, memory_);
    }
    selected_.resize(rows.size());
    std::iota(selected_.begin(), selected_.end(), 0);
    if (spec_->condition) filter(rows.size());
    if (spec_->outputs.empty()) {
      for (const std::uint32_t row : selected_) out_.collect(rows[row]);
    } else {
      project(rows);
    }
  }
  void filter(std::size_t count) {
    const Vector passes = evaluate(*spec_->condition, {columns_, count, selected_}, evaluation_);
    std::erase_if(selected_, [&](std::uint32_t row) {
      return passes.is_null(row) || !passes.load<bool>(row);
    });
  }
  void project(std::span<const Row> rows) {
    std::vector<std::vector<Vector>> results;
    for (const auto& output : spec_->outputs) {
      results.emplace_back();
      for (const auto& expression : output) {
        results.back().push_back(
            evaluate(*expression, {columns_, rows.size(), selected_}, evaluation_));
      }
    }
    for (const std::uint32_t row : selected_) {
      for (std::size_t i = 0; i < results.size(); ++i) {
        collect(rows[row].kind, results[i], row, makers_[i]);
      }
    }
  }
  void collect(RowKind kind, const std::vector<Vector>& columns, std::uint32_t row,
               RowMaker& maker) {
    values_.resize(columns.size());
    for (std::size_t i = 0; i < columns.size(); ++i) {
      values_[i] = columns[i].datum(row, table::width_of(maker.layout().type(i)));
    }
    maker.collect(kind, values_, out_);
  }

  std::shared_ptr<const CalcSpec> spec_;
  table::Session session_;
  table::Memory memory_;
  table::Context evaluation_;
  std::vector<bool> reads_;
  std::vector<std::string_view> bytes_;
  std::vector<Vector> columns_;
  std::vector<std::uint32_t> selected_;
  std::vector<RowMaker> makers_;
  std::vector<table::Datum> values_;
  Collector<Row> out_;
};

}  // namespace

void mark_columns(const table::Expression& expression, std::vector<bool>& marks) {
  if (expression.kind == table::ExpressionKind::column) marks[expression.column] = true;
  for (const auto& argument : expression.arguments) mark_columns(*argument, marks);
}

RowOperator add_calc(const RowStream& rows, std::string name, CalcSpec spec) {
  return add_row_operator<Calc>(rows, std::move(name),
                                std::make_shared<const CalcSpec>(std::move(spec)));
}

}  // namespace flink::table_runtime
