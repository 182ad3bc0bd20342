// SPDX-License-Identifier: Apache-2.0
#include "table_runtime/sort.h"

#include <flink/operators/basic_operator.h>
#include <flink/state/list_state.h>

#include <algorithm>
#include <map>

#include "table_runtime/row_maker.h"

namespace flink::table_runtime {

namespace {

// Rows that have come, and those that have gone again.
class Sorted {
 public:
  explicit Sorted(std::shared_ptr<const SortSpec> spec) : spec_(std::move(spec)) {}

  void take(bool adds, std::string_view row) {
    if (!adds) {
      ++gone_[std::string{row}];
      return;
    }
    rows_.push_back({table::sort_key(spec_->row, spec_->order, row), std::string{row}});
    if (bound() && rows_.size() > 2 * *bound() + 1024 && gone_.empty()) keep_best(*bound());
  }
  void put(Collector<Row>& out) {
    std::erase_if(rows_, [this](const SortedRow& one) {
      const auto found = gone_.find(one.row);
      return found != gone_.end() && found->second > 0 && found->second-- > 0;
    });
    keep_best(bound().value_or(rows_.size()));
    for (std::size_t i = static_cast<std::size_t>(spec_->offset); i < rows_.size(); ++i) {
      collect_copy(RowKind::insert, rows_[i].row, out);
    }
  }

 private:
  struct SortedRow {
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
                     [](const SortedRow& a, const SortedRow& b) { return a.order < b.order; });
    if (rows_.size() > count) rows_.resize(count);
  }

  std::shared_ptr<const SortSpec> spec_;
  std::vector<SortedRow> rows_;
  std::map<std::string, std::int64_t> gone_;
};

class BatchSort final : public flink::detail::BasicOperator {
 public:
  explicit BatchSort(std::shared_ptr<const SortSpec> spec) : rows_(std::move(spec)) {}

  void open(OperatorContext& context) override {
    BasicOperator::open(context);
    out_.bind(context.output(), context.turn());
  }
  void process(int, BatchRef& erased) override {
    for (const Row& row : static_cast<RecordBatch<Row>&>(*erased).records()) {
      rows_.take(table::adds(row.kind), row.bytes);
    }
  }
  void finish() override {
    rows_.put(out_);
    out_.end();
    BasicOperator::finish();
  }

 private:
  Sorted rows_;
  Collector<Row> out_;
};

// Of a bounded input in STREAMING.
class StreamingSort {
 public:
  explicit StreamingSort(std::shared_ptr<const SortSpec> spec) : spec_(std::move(spec)) {}

  using Context = KeyedContext<std::string>;
  void process_element(const Row& row, Context& context, Collector<Row>&) {
    (table::adds(row.kind) ? came_ : gone_).add(std::string{row.bytes});
    context.timer_service().register_event_time_timer(max_timestamp);
  }
  void on_timer(Timestamp, Context&, Collector<Row>& out) {
    Sorted rows{spec_};
    for (const auto& row : gone_.get()) rows.take(false, row);
    for (const auto& row : came_.get()) rows.take(true, row);
    rows.put(out);
  }

 private:
  std::shared_ptr<const SortSpec> spec_;
  ListState<std::string> came_{"rows that came"}, gone_{"rows that went"};
};

}  // namespace

RowOperator add_sort(const RowStream& rows, std::string name, SortSpec spec) {
  const auto shared = std::make_shared<const SortSpec>(std::move(spec));
  auto out = shared->batch ? add_row_operator<BatchSort>(rows.global(), std::move(name), shared)
                           : process_keyed(rows, RowPicker{shared->row, {}}, std::move(name),
                                           StreamingSort{shared});
  return out.set_parallelism(1);
}

}  // namespace flink::table_runtime
