// SPDX-License-Identifier: Apache-2.0
// flat_map: one record in, any number out through a Collector (Flink, "FlatMap"). A function may
// also take the whole batch as std::span<const In>.
#pragma once

#include <flink/detail/basic_operator.h>
#include <flink/detail/record_loop.h>
#include <flink/detail/user_function.h>

#include <span>

namespace flink::detail {

template <class In, class Out, class F>
class FlatMapOperator final : public BasicOperator {
 public:
  explicit FlatMapOperator(const F& prototype) : function_(prototype) {}

  void open(OperatorContext& context) override {
    BasicOperator::open(context);
    out_.bind(context.output());
    function_.open(context.runtime());
  }
  void process(int, BatchRef& batch) override {
    auto& records = static_cast<RecordBatch<In>&>(*batch);
    out_.begin(records);
    if constexpr (std::is_invocable_v<function_t<F>&, const In&, Collector<Out>&>) {
      for_each_record<In>(records, out_, [this](const In& in) { (*function_)(in, out_); });
    } else {
      out_.clear_timestamp();
      (*function_)(std::span<const In>{records.data(), records.size()}, out_);
    }
    out_.end();
  }
  void close() noexcept override { function_.close(); }

 private:
  UserFunction<F> function_;
  Collector<Out> out_;
};

}  // namespace flink::detail
