// SPDX-License-Identifier: Apache-2.0
// map: one record in, one out (Flink, "Map").
#pragma once

#include <flink/base/functional.h>
#include <flink/operators/function_operator.h>
#include <flink/operators/record_loop.h>

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
    const bool sole = batch->unique();
    if constexpr (in_strips<Out>) {
      if (!records.stamped() && keyless(keys_)) {
        for_each_strip<In>(records, out_, this->pace(), [this, sole](In& in, Out* to) {
          apply(in, sole, [to](auto&& out) { construct(to, std::forward<decltype(out)>(out)); });
          return 1;
        });
        return out_.end();
      }
    }
    for_each_keyed<In>(records, out_, this->pace(), keys_, selector_, [this, sole](In& in) {
      apply(in, sole, [this](auto&& out) { out_.collect(std::forward<decltype(out)>(out)); });
    });
    out_.end();
  }
  void hand_on() override { out_.end(); }

 private:
  // put(result), while what the function was given still lives.
  template <class Put>
  [[gnu::always_inline]] void apply(In& in, bool sole, Put&& put) {
    if constexpr (std::is_invocable_v<function_t<F>&, const In&>) {
      put(detail::invoke(this->function(), std::as_const(in)));
    } else if (sole) {  // takes In&&
      put(detail::invoke(this->function(), std::move(in)));
    } else {
      put(detail::invoke(this->function(), In{in}));
    }
  }
  [[no_unique_address]] Selector selector_;
  [[no_unique_address]] KeyScope<Selector> keys_;
  Collector<Out> out_;
};

}  // namespace flink::detail
