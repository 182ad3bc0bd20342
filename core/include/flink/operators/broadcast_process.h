// SPDX-License-Identifier: Apache-2.0
// process on a stream connected with a broadcast stream: process_element,
// process_broadcast_element, on_timer (Flink, "The Broadcast State Pattern").
#pragma once

#include <flink/broadcast_context.h>
#include <flink/operators/process.h>

namespace flink::detail {

template <class Selector>
struct broadcast_contexts {
  using element = KeyedReadOnlyContext<typename Selector::key_type>;
  using broadcast = KeyedBroadcastContext<typename Selector::key_type>;
  using timer = element;
};
template <>
struct broadcast_contexts<NoKey> {
  using element = ReadOnlyContext;
  using broadcast = BroadcastContext;
  using timer = void;
};

template <class In, class B, class Out, class F, class Selector>
class BroadcastProcessOperator final
    : public ProcessOperatorBase<Out, F, Selector, typename broadcast_contexts<Selector>::element> {
  using Base =
      ProcessOperatorBase<Out, F, Selector, typename broadcast_contexts<Selector>::element>;

 public:
  BroadcastProcessOperator(const F& prototype, const Selector& selector,
                           const std::vector<BroadcastDescriptor>& states)
      : Base(prototype), selector_(selector), tables_(states) {}

  void open(OperatorContext& context) override {
    tables_.restore(context);
    tables_.bind(this->other_handles());
    access_.open_broadcast(tables_);
    this->context_.open_broadcast(access_);
    broadcast_context_.open_broadcast(access_);
    Base::open(context);
    broadcast_context_.open(context, this->context_.timer_service());
    broadcast_context_.open_views(this->out_.arena());
    if constexpr (has_key<Selector>) broadcast_context_.open_keyed(this->keys_.state());
  }
  void process(int input, BatchRef& batch) override {
    if (input == 0) {
      this->for_each(static_cast<RecordBatch<In>&>(*batch), selector_, [&](const In& record) {
        this->function().process_element(record, this->context_, this->out_);
      });
    } else {
      process_broadcast(static_cast<RecordBatch<B>&>(*batch));
    }
  }
  void hand_on() override {
    Base::hand_on();
    broadcast_context_.end();
  }
  OperatorSnapshot snapshot(std::int64_t checkpoint_id) override {
    OperatorSnapshot snapshot = Base::snapshot(checkpoint_id);
    tables_.save(snapshot);
    return snapshot;
  }

 private:
  // No key is current; the broadcast state may be changed.
  void process_broadcast(RecordBatch<B>& records) {
    if constexpr (has_key<Selector>) this->keys_.state().clear_current_key();
    tables_.set_writable(true);
    broadcast_context_.begin(records);
    this->out_.begin(records);
    this->out_.clear_timestamp();
    broadcast_context_.set_timestamp(std::nullopt);
    const auto collected = [this] {
      this->out_.flush();
      broadcast_context_.flush();
    };
    paced(this->pace(), records.size(), collected, [&](std::size_t i) {
      this->out_.begin_call();
      if (records.stamped()) {
        this->out_.set_timestamp(records.timestamps()[i]);
        broadcast_context_.set_timestamp(records.timestamps()[i]);
      }
      this->function().process_broadcast_element(std::as_const(records)[i], broadcast_context_,
                                                 this->out_);
    });
    this->out_.end();
    broadcast_context_.end();
    tables_.set_writable(false);
  }

  [[no_unique_address]] Selector selector_;
  BroadcastTables tables_;
  BroadcastAccess access_;
  typename broadcast_contexts<Selector>::broadcast broadcast_context_;
};

}  // namespace flink::detail
