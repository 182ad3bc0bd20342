// SPDX-License-Identifier: Apache-2.0
// One group of all rows, and its result in BATCH where there are none.
#include <flink/operators/basic_operator.h>

#include "table_runtime/group_aggregate.h"
#include "table_runtime/row_maker.h"

namespace flink::table_runtime {

namespace {

// In BATCH: one subtask, which has a result at the end of its input.
class BatchGlobalAggregate final : public flink::detail::BasicOperator {
 public:
  explicit BatchGlobalAggregate(const GroupAggregateSpec& spec)
      : maker_(spec.output()), run_(spec.aggregates, spec.session), maps_(spec.aggregates->maps()) {
    run_.begin({}, maps_.all());
    group_ = run_.bytes();
  }

  void open(OperatorContext& context) override {
    BasicOperator::open(context);
    out_.bind(context.output(), context.turn());
  }
  void process(int, BatchRef& erased) override {
    run_.begin(group_, maps_.all());
    for (const Row& row : static_cast<RecordBatch<Row>&>(*erased).records()) {
      run_.take(table::adds(row.kind), row.bytes);
    }
    group_ = run_.bytes();
  }
  void finish() override {
    run_.begin(group_, maps_.all());
    std::vector<table::Datum> values;
    run_.results(values);
    maker_.collect(RowKind::insert, values, out_);
    out_.end();
    BasicOperator::finish();
  }

 private:
  RowMaker maker_;
  AggregateRun run_;
  MemoryMaps maps_;
  std::string group_;
  Collector<Row> out_;
};

}  // namespace

RowOperator add_global_aggregate(const RowStream& rows, std::string name,
                                 const GroupAggregateSpec& spec) {
  if (!spec.batch) return add_group_aggregate(rows, std::move(name), spec).set_parallelism(1);
  return add_row_operator<BatchGlobalAggregate>(rows.global(), std::move(name), spec)
      .set_parallelism(1);
}

}  // namespace flink::table_runtime
