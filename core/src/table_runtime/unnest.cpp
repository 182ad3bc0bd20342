// SPDX-License-Identifier: Apache-2.0
#include "table_runtime/unnest.h"

#include <flink/operators/basic_operator.h>

#include "table_runtime/row_maker.h"

namespace flink::table_runtime {

namespace {

using table::Datum;

class Unnest final : public flink::detail::BasicOperator {
 public:
  explicit Unnest(std::shared_ptr<const UnnestSpec> spec)
      : spec_(std::move(spec)),
        session_(spec_->session),
        evaluation_(session_, memory_),
        maker_(spec_->output) {}

  void open(OperatorContext& context) override {
    BasicOperator::open(context);
    out_.bind(context.output(), context.turn());
  }
  void process(int, BatchRef& erased) override {
    auto& batch = static_cast<RecordBatch<Row>&>(*erased);
    out_.begin(batch);
    for (const Row& row : batch.records()) take(row);
    out_.end();
  }
  void hand_on() override { out_.end(); }

 private:
  void take(const Row& row) {
    memory_.clear();
    values_.resize(spec_->input.size());
    spec_->input.unpack(row.bytes, values_, memory_);
    const Datum collection = values_[spec_->collection];
    bool found = false;
    if (!collection.null) {
      const LogicalType& type = spec_->input.type(spec_->collection);
      number_ = 0;
      const auto items = collection.items();
      // Keys with values, elements with how often they are there.
      const bool pairs = type.is(table::TypeRoot::map) || type.is(table::TypeRoot::multiset);
      for (std::size_t i = 0; i < items.size(); i += pairs ? 2 : 1) {
        const bool multiset = type.is(table::TypeRoot::multiset);
        const auto times = multiset ? items[i + 1].get<std::int32_t>() : 1;
        for (int time = 0; time < times; ++time) {
          found = put(row.kind, items.subspan(i, pairs && !multiset ? 2 : 1)) || found;
        }
      }
    }
    if (!found && spec_->outer) put_nulls(row.kind);
  }
  // False: the condition does not hold.
  bool put(RowKind kind, std::span<const Datum> element) {
    values_.resize(spec_->input.size());
    const std::size_t columns = spec_->output.size() - values_.size() - (spec_->ordinality ? 1 : 0);
    if (element.size() == 1 && is_row()) {
      const Datum row = element[0];
      for (std::size_t i = 0; i < columns; ++i) {
        values_.push_back(row.null ? Datum{} : row.items()[i]);
      }
    } else {
      values_.insert(values_.end(), element.begin(), element.end());
    }
    if (spec_->ordinality) values_.emplace_back(++number_);
    if (!holds()) return false;
    maker_.collect(kind, values_, out_);
    return true;
  }
  void put_nulls(RowKind kind) {
    values_.resize(spec_->input.size());
    values_.resize(spec_->output.size(), Datum{});
    maker_.collect(kind, values_, out_);
  }
  bool is_row() const {
    const LogicalType& type = spec_->input.type(spec_->collection);
    return !type.is(table::TypeRoot::map) && type.child().is(table::TypeRoot::row);
  }
  bool holds() {
    if (!spec_->residual) return true;
    std::vector<table::Vector> columns;
    for (const Datum& value : values_) columns.push_back(table::Vector::constant(value));
    const std::uint32_t first[] = {0};
    const auto out = evaluate(*spec_->residual, {columns, 1, first}, evaluation_);
    return !out.is_null(0) && out.load<bool>(0);
  }

  std::shared_ptr<const UnnestSpec> spec_;
  table::Session session_;
  table::Memory memory_;
  table::Context evaluation_;
  RowMaker maker_;
  std::vector<Datum> values_;
  std::int32_t number_ = 0;
  Collector<Row> out_;
};

}  // namespace

RowOperator add_unnest(const RowStream& rows, std::string name, UnnestSpec spec) {
  return add_row_operator<Unnest>(rows, std::move(name),
                                  std::make_shared<const UnnestSpec>(std::move(spec)));
}

}  // namespace flink::table_runtime
