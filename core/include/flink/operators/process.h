// SPDX-License-Identifier: Apache-2.0
// process: a function object with process_element(record, context, out), and on a keyed stream
// on_timer(at, context, out) if it sets timers (Flink, "ProcessFunction", "KeyedProcessFunction").
#pragma once

#include <flink/operators/function_operator.h>
#include <flink/operators/record_loop.h>
#include <flink/operators/watermark_work.h>
#include <flink/process_context.h>

namespace flink::detail {

template <class Selector>
struct process_contexts {
  using element = KeyedContext<typename Selector::key_type>;
  using timer = OnTimerContext<typename Selector::key_type>;
};
template <>
struct process_contexts<NoKey> {
  using element = ProcessContext;
  using timer = void;
};
// What process_element takes.
template <class Selector>
using process_context_t = typename process_contexts<Selector>::element;
// What on_timer takes; void on a stream without keys.
template <class Selector>
using timer_context_t = typename process_contexts<Selector>::timer;

// What operators of process functions share: keys, timers, side outputs, one typed output.
// `Context` is what the function's hooks are given, or derives from it.
template <class Out, class F, class Selector, class Context>
class ProcessOperatorBase : public FunctionOperator<F> {
 protected:
  static constexpr bool with_timers = has_key<Selector> && names_on_timer<function_t<F>>;

 public:
  using FunctionOperator<F>::FunctionOperator;

  void open(OperatorContext& context) override {
    out_.bind(context.output(), context.turn());
    keys_.open(context, this->keyed_handles(), with_timers);
    context_.open_views(out_.arena());
    if constexpr (has_key<Selector>) context_.open_keyed(keys_.state());
    if constexpr (with_timers) {
      context_.open(context, keys_.state().timers());
    } else {
      timers_.open_without_timers(context.clock(), context.runtime(), has_key<Selector>);
      timers_.set_watermark(context.restored_watermark());
      context_.open(context, timers_);
    }
    FunctionOperator<F>::open(context);
    if constexpr (with_timers) {
      work_.open(context.may_pause(), keys_.state().timers(), context.restored_watermark_pending());
    }
  }

  void process_watermark(Timestamp watermark) override {
    if constexpr (with_timers) {
      work_.begin(watermark);
      go_on_with_watermark();
    } else {
      timers_.set_watermark(watermark);
      FunctionOperator<F>::process_watermark(watermark);
    }
  }
  bool watermark_pending() const override { return work_.pending(); }
  void go_on_with_watermark() override {
    if constexpr (with_timers) {
      const bool done = work_.go_on(this->pace(), [this](Timestamp at) {
        out_.set_timestamp(at.time_since_epoch().count());
        fire(at, TimeDomain::event_time);
      });
      keys_.state().clear_current_key();
      end();
      if (done) {
        FunctionOperator<F>::process_watermark(keys_.state().timers().current_watermark());
      }
    }
  }
  void on_processing_time(std::int64_t wall_millis) override {
    if constexpr (with_timers) {
      out_.clear_timestamp();
      keys_.state().timers().advance_processing_time(
          wall_millis, [this](Timestamp at) { fire(at, TimeDomain::processing_time); });
      keys_.state().clear_current_key();
      end();
    }
  }
  void hand_on() override { end(); }

 protected:
  // body(record) with its key, timestamp and side outputs in place.
  // `ahead`: as KeyScope says.
  template <class In, class Select, class Body, class Ahead = NothingAhead>
  void for_each(RecordBatch<In>& records, const Select& select, Body&& body, Ahead ahead = {}) {
    out_.begin(records);
    out_.clear_timestamp();
    context_.begin(records);
    context_.set_timestamp(std::nullopt);
    const auto collected = [this] { flush(); };
    const auto call = [&](const In& record, std::size_t i) {
      out_.begin_call();
      if (records.stamped()) {
        out_.set_timestamp(records.timestamps()[i]);
        context_.set_timestamp(records.timestamps()[i]);
      }
      body(record);
    };
    keys_.for_each(records, select, this->pace(), collected, call, ahead);
    end();
  }
  void flush() {
    out_.flush();
    context_.flush();
  }

  Context context_;
  Collector<Out> out_;
  [[no_unique_address]] KeyScope<Selector> keys_;

 private:
  void fire(Timestamp at, TimeDomain domain) {
    out_.begin_call();
    context_.set_timestamp(at);
    context_.set_time_domain(domain);
    this->function().on_timer(at, context_, out_);
    if (!work_.pending() || !work_.may_pause()) this->pace().look([this] { flush(); });
  }
  void end() {
    out_.end();
    context_.end();
  }

  TimerService timers_;  // of functions that set none
  WatermarkWork work_;
};

template <class Selector>
using held_context_t =
    std::conditional_t<has_key<Selector>, timer_context_t<Selector>, process_context_t<Selector>>;

template <class In, class Out, class F, class Selector>
class ProcessOperator final
    : public ProcessOperatorBase<Out, F, Selector, held_context_t<Selector>> {
  using Base = ProcessOperatorBase<Out, F, Selector, held_context_t<Selector>>;

 public:
  ProcessOperator(const F& prototype, const Selector& selector)
      : Base(prototype), selector_(selector) {}
  void process(int, BatchRef& batch) override {
    auto& context = static_cast<process_context_t<Selector>&>(this->context_);
    this->for_each(static_cast<RecordBatch<In>&>(*batch), selector_, [&](const In& record) {
      this->function().process_element(record, context, this->out_);
    });
  }

 private:
  [[no_unique_address]] Selector selector_;
};

}  // namespace flink::detail
