// SPDX-License-Identifier: Apache-2.0
// process: a function object with process_element(record, context, out) (Flink, "ProcessFunction",
// "KeyedProcessFunction"). Context is ProcessContext, or KeyedContext<K> on a keyed stream.
#pragma once

#include <flink/detail/basic_operator.h>
#include <flink/detail/user_function.h>
#include <flink/process_context.h>
#include <flink/types/views.h>

namespace flink::detail {

// Stands in for the key selector of a stream that has none.
struct NoKey {
  using key_type = void;
};

template <class Selector>
struct process_context {
  using type = KeyedContext<typename Selector::key_type>;
};
template <>
struct process_context<NoKey> {
  using type = ProcessContext;
};
template <class Selector>
using process_context_t = typename process_context<Selector>::type;

template <class In, class Out, class F, class Selector>
class ProcessOperator final : public BasicOperator {
 public:
  ProcessOperator(const F& prototype, const Selector& selector)
      : function_(prototype), selector_(selector) {}

  void open(OperatorContext& context) override {
    BasicOperator::open(context);
    out_.bind(context.output());
    context_.open(context);
    function_.open(context.runtime());
  }
  void process(int, BatchRef& batch) override {
    auto& records = static_cast<RecordBatch<In>&>(*batch);
    out_.begin(records);
    context_.begin(records, current_watermark());
    for (std::size_t i = 0; i < records.size(); ++i) {
      if (records.timestamps.empty()) {
        out_.clear_timestamp();
        context_.set_timestamp({});
      } else {
        out_.set_timestamp(records.timestamps[i]);
        context_.set_timestamp(timestamp_of_millis(records.timestamps[i]));
      }
      if constexpr (!std::is_same_v<Selector, NoKey>) {
        context_.set_key(to_owned(selector_(std::as_const(records[i]))));
      }
      (*function_).process_element(std::as_const(records[i]), context_, out_);
    }
    out_.end();
    context_.flush();
  }
  void close() noexcept override { function_.close(); }

 private:
  UserFunction<F> function_;
  [[no_unique_address]] Selector selector_;
  process_context_t<Selector> context_;
  Collector<Out> out_;
};

}  // namespace flink::detail
