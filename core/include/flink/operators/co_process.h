// SPDX-License-Identifier: Apache-2.0
// Functions of two connected streams: map1/map2, flat_map1/flat_map2,
// process_element1/process_element2 with on_timer (Flink, "Connect", "CoMap", "CoFlatMap",
// "CoProcessFunction"). With keys, both inputs share state and timers.
#pragma once

#include <flink/operators/process.h>

namespace flink::detail {

enum class CoKind : unsigned char { map, flat_map, process };

template <CoKind Kind, class In1, class In2, class Out, class F, class Selector1, class Selector2>
class CoOperator final : public ProcessOperatorBase<Out, F, Selector1, held_context_t<Selector1>> {
  using Base = ProcessOperatorBase<Out, F, Selector1, held_context_t<Selector1>>;

 public:
  CoOperator(const F& prototype, const Selector1& selector1, const Selector2& selector2)
      : Base(prototype), selector1_(selector1), selector2_(selector2) {}

  void process(int input, BatchRef& batch) override {
    if (input == 0) process<0>(static_cast<RecordBatch<In1>&>(*batch), selector1_);
    else process<1>(static_cast<RecordBatch<In2>&>(*batch), selector2_);
  }

 private:
  template <int Input, class In, class Selector>
  void process(RecordBatch<In>& batch, const Selector& selector) {
    this->for_each(
        batch, selector, [this](const In& record) { call<Input>(record); },
        ahead_of<Input>(this->function(), batch));
  }
  template <int Input, class In>
  void call(const In& record) {
    auto& f = this->function();
    auto& out = this->out_;
    if constexpr (Kind == CoKind::map) {
      if constexpr (Input == 0) out.collect(f.map1(record));
      if constexpr (Input == 1) out.collect(f.map2(record));
    } else if constexpr (Kind == CoKind::flat_map) {
      if constexpr (Input == 0) f.flat_map1(record, out);
      if constexpr (Input == 1) f.flat_map2(record, out);
    } else {
      auto& context = static_cast<process_context_t<Selector1>&>(this->context_);
      if constexpr (Input == 0) f.process_element1(record, context, out);
      if constexpr (Input == 1) f.process_element2(record, context, out);
    }
  }

  // Functions of ours may ask for more than rows.
  template <int Input, class Function, class In>
  static auto ahead_of(Function& function, const RecordBatch<In>& batch) {
    if constexpr (requires { typename Function::template Ahead<Input>; }) {
      return typename Function::template Ahead<Input>{
          function, batch.stamped() ? batch.timestamps().data() : nullptr};
    } else {
      return NothingAhead{};
    }
  }

  [[no_unique_address]] Selector1 selector1_;
  [[no_unique_address]] Selector2 selector2_;
};

}  // namespace flink::detail
