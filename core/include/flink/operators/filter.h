// SPDX-License-Identifier: Apache-2.0
// filter: keeps the records for which the predicate holds (Flink, "Filter"). Records of a batch
// with no other owner are moved.
#pragma once

#include <flink/detail/basic_operator.h>
#include <flink/detail/record_loop.h>
#include <flink/detail/user_function.h>

#include <functional>

namespace flink::detail {

template <class T, class F>
class FilterOperator final : public BasicOperator {
 public:
  explicit FilterOperator(const F& prototype) : function_(prototype) {}

  void open(OperatorContext& context) override {
    BasicOperator::open(context);
    out_.bind(context.output());
    function_.open(context.runtime());
  }
  void process(int, BatchRef& batch) override {
    auto& records = static_cast<RecordBatch<T>&>(*batch);
    out_.begin(records);
    const bool sole = batch->unique();
    for_each_record<T>(records, out_, [this, sole](T& record) {
      if (!std::invoke(*function_, std::as_const(record))) return;
      if (sole) {
        out_.collect(std::move(record));
      } else {
        out_.collect(std::as_const(record));
      }
    });
    out_.end();
  }
  void close() noexcept override { function_.close(); }

 private:
  UserFunction<F> function_;
  Collector<T> out_;
};

}  // namespace flink::detail
