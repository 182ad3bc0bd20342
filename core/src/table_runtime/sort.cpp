// SPDX-License-Identifier: Apache-2.0
#include "table_runtime/sort.h"

#include <flink/operators/basic_operator.h>

#include <algorithm>
#include <map>

#include "table_runtime/row_maker.h"

namespace flink::table_runtime {

namespace {

class Sort final : public flink::detail::BasicOperator {
 public:
  explicit Sort(std::shared_ptr<const SortSpec> spec) : spec_(std::move(spec)) {}

  void open(OperatorContext& context) override {
    BasicOperator::open(context);
    out_.bind(context.output(), context.turn());
  }
  void process(int, BatchRef& erased) override {
    for (const Row& row : static_cast<RecordBatch<Row>&>(*erased).records()) {
      if (table::adds(row.kind)) {
        rows_.push_back(
            {table::sort_key(spec_->row, spec_->order, row.bytes), std::string{row.bytes}});
      } else {
        ++gone_[std::string{row.bytes}];
      }
    }
    if (bound() && rows_.size() > 2 * *bound() + 1024 && gone_.empty()) keep_best(*bound());
  }
  void finish() override {
    std::erase_if(rows_, [this](const Sorted& one) {
      const auto found = gone_.find(one.row);
      return found != gone_.end() && found->second > 0 && found->second-- > 0;
    });
    keep_best(bound().value_or(rows_.size()));
    for (std::size_t i = static_cast<std::size_t>(spec_->offset); i < rows_.size(); ++i) {
      collect_copy(RowKind::insert, rows_[i].row, out_);
    }
    out_.end();
    BasicOperator::finish();
  }

 private:
  struct Sorted {
    std::string order, row;
  };
  // So many of the best decide.
  std::optional<std::size_t> bound() const {
    if (!spec_->limit) return {};
    return static_cast<std::size_t>(spec_->offset + *spec_->limit);
  }
  // Equal ones stay as they came.
  void keep_best(std::size_t count) {
    std::stable_sort(rows_.begin(), rows_.end(),
                     [](const Sorted& a, const Sorted& b) { return a.order < b.order; });
    if (rows_.size() > count) rows_.resize(count);
  }

  std::shared_ptr<const SortSpec> spec_;
  std::vector<Sorted> rows_;
  std::map<std::string, std::int64_t> gone_;
  Collector<Row> out_;
};

}  // namespace

RowOperator add_sort(const RowStream& rows, std::string name, SortSpec spec) {
  return add_row_operator<Sort>(rows.global(), std::move(name),
                                std::make_shared<const SortSpec>(std::move(spec)))
      .set_parallelism(1);
}

}  // namespace flink::table_runtime
