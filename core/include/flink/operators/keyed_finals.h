// SPDX-License-Identifier: Apache-2.0
// The rolling aggregates in BATCH: records come sorted by key, and the accumulated record of each
// key goes on once, at its end, with the greatest timestamp (Flink's BatchGroupedReduceOperator).
#pragma once

#include <flink/operators/function_operator.h>
#include <flink/operators/keyed_update.h>
#include <flink/types/key_hash.h>
#include <flink/types/views.h>

#include <utility>

namespace flink::detail {

template <class T, class Selector, class Update>
class KeyedFinalsOperator final : public FunctionOperator<Update> {
 public:
  KeyedFinalsOperator(const Selector& selector, const Update& prototype)
      : FunctionOperator<Update>(prototype), selector_(selector) {}

  void open(OperatorContext& context) override {
    out_.bind(context.output(), context.turn());
    FunctionOperator<Update>::open(context);
  }
  void process(int, BatchRef& batch) override {
    auto& records = static_cast<RecordBatch<T>&>(*batch);
    out_.begin(records);
    out_.set_timestamp(INT64_MAX);
    const auto collected = [this] { out_.flush(); };
    const bool sole = batch->unique();
    paced(this->pace(), records.size(), collected, [&](std::size_t i) { add(records[i], sole); });
    out_.end();
  }
  void end_input(int input) override {
    if (any_) {
      out_.set_timestamp(INT64_MAX);
      out_.collect(std::move(kept_));
      any_ = false;
    }
    out_.end();
    FunctionOperator<Update>::end_input(input);
  }
  void hand_on() override { out_.end(); }

 private:
  using Key = typename Selector::key_type;

  void add(T& record, bool may_move) {
    const auto& key = selector_(std::as_const(record));
    if (any_ && key_equal(key_, key)) {
      this->function()(kept_, std::as_const(record));
      return;
    }
    if (any_) out_.collect(std::move(kept_));
    any_ = true;
    key_ = to_owned(key);
    if (may_move) kept_ = std::move(record);
    else kept_ = std::as_const(record);
  }

  Selector selector_;
  bool any_ = false;
  Key key_{};  // the function may change the record's
  T kept_{};
  Collector<T> out_;
};

}  // namespace flink::detail
