// SPDX-License-Identifier: Apache-2.0
// map: one record in, one out (Flink, "Map").
#pragma once

#include <flink/detail/basic_operator.h>
#include <flink/detail/record_loop.h>
#include <flink/detail/user_function.h>

#include <functional>

namespace flink::detail {

template <class In, class Out, class F>
class MapOperator final : public BasicOperator {
 public:
  explicit MapOperator(const F& prototype) : function_(prototype) {}

  void open(OperatorContext& context) override {
    BasicOperator::open(context);
    out_.bind(context.output());
    function_.open(context.runtime());
  }
  void process(int, BatchRef& batch) override {
    auto& records = static_cast<RecordBatch<In>&>(*batch);
    out_.begin(records);
    if constexpr (std::is_invocable_v<function_t<F>&, const In&>) {
      for_each_record<In>(records, out_,
                          [this](const In& in) { out_.collect(std::invoke(*function_, in)); });
    } else {  // takes In&&
      const bool sole = batch->unique();
      for_each_record<In>(records, out_, [this, sole](In& in) {
        if (sole) {
          out_.collect(std::invoke(*function_, std::move(in)));
        } else {
          out_.collect(std::invoke(*function_, In{in}));
        }
      });
    }
    out_.end();
  }
  void close() noexcept override { function_.close(); }

 private:
  UserFunction<F> function_;
  Collector<Out> out_;
};

}  // namespace flink::detail
