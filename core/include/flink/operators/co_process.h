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
    if (input == 0) {
      this->for_each(
          static_cast<RecordBatch<In1>&>(*batch), selector1_,
          [this](const In1& record) { call<0>(record); }, ahead());
    } else {
      this->for_each(
          static_cast<RecordBatch<In2>&>(*batch), selector2_,
          [this](const In2& record) { call<1>(record); }, ahead());
    }
  }

 private:
  // What a function of ours asks for while the records before are worked on.
  auto ahead() {
    if constexpr (requires(state::Row * row) { this->function().prefetch(row); }) {
      return [this](state::Row* row) { this->function().prefetch(row); };
    } else {
      return NothingAhead{};
    }
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

  [[no_unique_address]] Selector1 selector1_;
  [[no_unique_address]] Selector2 selector2_;
};

}  // namespace flink::detail
