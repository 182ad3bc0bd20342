// SPDX-License-Identifier: Apache-2.0
// flat_map: one record in, any number out through a Collector (Flink, "FlatMap"). A function may
// also take the whole batch as std::span<const In>.
#pragma once

#include <flink/operators/function_operator.h>
#include <flink/operators/record_loop.h>

#include <span>

namespace flink::detail {

template <class In, class Out, class F, class Selector = NoKey>
class FlatMapOperator final : public FunctionOperator<F> {
 public:
  explicit FlatMapOperator(const F& prototype, const Selector& selector = {})
      : FunctionOperator<F>(prototype), selector_(selector) {}

  void open(OperatorContext& context) override {
    out_.bind(context.output(), context.turn());
    keys_.open(context, this->keyed_handles(), false);
    FunctionOperator<F>::open(context);
  }
  void process(int, BatchRef& batch) override {
    auto& records = static_cast<RecordBatch<In>&>(*batch);
    out_.begin(records);
    if constexpr (std::is_invocable_v<function_t<F>&, const In&, Collector<Out>&>) {
      for_each_keyed<In>(records, out_, this->pace(), keys_, selector_, [this](const In& in) {
        out_.begin_call();
        this->function()(in, out_);
      });
    } else {
      out_.clear_timestamp();
      this->function()(std::span<const In>{records.data(), records.size()}, out_);
    }
    out_.end();
  }
  void hand_on() override { out_.end(); }

 private:
  [[no_unique_address]] Selector selector_;
  [[no_unique_address]] KeyScope<Selector> keys_;
  Collector<Out> out_;
};

}  // namespace flink::detail
