// SPDX-License-Identifier: Apache-2.0
// Functions of two connected streams: map1/map2, flat_map1/flat_map2,
// process_element1/process_element2 (Flink, "Connect", "CoMap", "CoFlatMap", "CoProcessFunction").
#pragma once

#include <flink/detail/basic_operator.h>
#include <flink/detail/record_loop.h>
#include <flink/detail/user_function.h>
#include <flink/operators/process.h>

namespace flink::detail {

enum class CoKind : unsigned char { map, flat_map, process };

template <CoKind Kind, class In1, class In2, class Out, class F, class Selector1, class Selector2>
class CoOperator final : public BasicOperator {
 public:
  CoOperator(const F& prototype, const Selector1& selector1, const Selector2& selector2)
      : function_(prototype), selector1_(selector1), selector2_(selector2) {}

  void open(OperatorContext& context) override {
    BasicOperator::open(context);
    out_.bind(context.output());
    context_.open(context);
    function_.open(context.runtime());
  }

  void process(int input, BatchRef& batch) override {
    if (input == 0) {
      run<0>(static_cast<RecordBatch<In1>&>(*batch));
    } else {
      run<1>(static_cast<RecordBatch<In2>&>(*batch));
    }
  }
  void close() noexcept override { function_.close(); }

 private:
  template <int Input, class In>
  void run(RecordBatch<In>& records) {
    out_.begin(records);
    context_.begin(records, current_watermark());
    std::size_t i = 0;
    for_each_record<In>(records, out_, [this, &records, &i](const In& record) {
      context_.set_timestamp(records.timestamps.empty()
                                 ? std::optional<Timestamp>{}
                                 : timestamp_of_millis(records.timestamps[i]));
      ++i;
      if constexpr (!std::is_same_v<Selector1, NoKey>) {
        if constexpr (Input == 0) context_.set_key(to_owned(selector1_(record)));
        if constexpr (Input == 1) context_.set_key(to_owned(selector2_(record)));
      }
      call<Input>(record);
    });
    out_.end();
    context_.flush();
  }

  template <int Input, class In>
  void call(const In& record) {
    auto& f = *function_;
    if constexpr (Kind == CoKind::map) {
      if constexpr (Input == 0) out_.collect(f.map1(record));
      if constexpr (Input == 1) out_.collect(f.map2(record));
    } else if constexpr (Kind == CoKind::flat_map) {
      if constexpr (Input == 0) f.flat_map1(record, out_);
      if constexpr (Input == 1) f.flat_map2(record, out_);
    } else {
      if constexpr (Input == 0) f.process_element1(record, context_, out_);
      if constexpr (Input == 1) f.process_element2(record, context_, out_);
    }
  }

  UserFunction<F> function_;
  [[no_unique_address]] Selector1 selector1_;
  [[no_unique_address]] Selector2 selector2_;
  process_context_t<Selector1> context_;
  Collector<Out> out_;
};

}  // namespace flink::detail
