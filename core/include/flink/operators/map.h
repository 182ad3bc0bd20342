// SPDX-License-Identifier: Apache-2.0
// map: one record in, one out (Flink, "Map").
#pragma once

#include <flink/operators/function_operator.h>
#include <flink/operators/record_loop.h>

#include <functional>

namespace flink::detail {

template <class In, class Out, class F, class Selector = NoKey>
class MapOperator final : public FunctionOperator<F> {
 public:
  explicit MapOperator(const F& prototype, const Selector& selector = {})
      : FunctionOperator<F>(prototype), selector_(selector) {}

  void open(OperatorContext& context) override {
    out_.bind(context.output(), context.turn());
    keys_.open(context, this->keyed_handles(), false);
    FunctionOperator<F>::open(context);
  }
  void process(int, BatchRef& batch) override {
    auto& records = static_cast<RecordBatch<In>&>(*batch);
    out_.begin(records);
    if constexpr (std::is_invocable_v<function_t<F>&, const In&>) {
      for_each_keyed<In>(records, out_, this->pace(), keys_, selector_,
                         [this](const In& in) { out_.collect(std::invoke(this->function(), in)); });
    } else {  // takes In&&
      const bool sole = batch->unique();
      for_each_keyed<In>(records, out_, this->pace(), keys_, selector_, [this, sole](In& in) {
        if (sole) {
          out_.collect(std::invoke(this->function(), std::move(in)));
        } else {
          out_.collect(std::invoke(this->function(), In{in}));
        }
      });
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
