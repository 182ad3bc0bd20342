// SPDX-License-Identifier: Apache-2.0
// filter: keeps the records for which the predicate holds (Flink, "Filter"). Records of a batch
// with no other owner are moved.
#pragma once

#include <flink/base/functional.h>
#include <flink/operators/function_operator.h>
#include <flink/operators/record_loop.h>

namespace flink::detail {

template <class T, class F, class Selector = NoKey>
class FilterOperator final : public FunctionOperator<F> {
 public:
  explicit FilterOperator(const F& prototype, const Selector& selector = {})
      : FunctionOperator<F>(prototype), selector_(selector) {}

  void open(OperatorContext& context) override {
    out_.bind(context.output(), context.turn());
    keys_.open(context, this->keyed_handles(), false);
    FunctionOperator<F>::open(context);
  }
  void process(int, BatchRef& batch) override {
    auto& records = static_cast<RecordBatch<T>&>(*batch);
    out_.begin(records);
    if constexpr (in_strips<T>) {
      if (!records.stamped() && keyless(keys_)) {
        for_each_strip<T>(records, out_, this->pace(), [this](T& record, T* to) {
          if (!detail::invoke(this->function(), std::as_const(record))) return 0;
          construct(to, std::as_const(record));
          return 1;
        });
        return out_.end();
      }
    }
    const bool sole = batch->unique();
    // Two calls of a size that the compiler would not inline by itself.
    const auto keep = [ this, sole ](T & record) __attribute__((always_inline)) {
      if (!detail::invoke(this->function(), std::as_const(record))) return;
      if (sole) {
        out_.collect(std::move(record));
      } else {
        out_.collect(std::as_const(record));
      }
    };
    for_each_keyed<T>(records, out_, this->pace(), keys_, selector_, keep);
    out_.end();
  }
  void hand_on() override { out_.end(); }

 private:
  [[no_unique_address]] Selector selector_;
  [[no_unique_address]] KeyScope<Selector> keys_;
  Collector<T> out_;
};

}  // namespace flink::detail
