// SPDX-License-Identifier: Apache-2.0
// What the window operator does with one window, once it stands there: call the window function,
// drop what is over; and its contexts, cursors and timers. See window_operator.h.
#pragma once

#include <flink/operators/function_operator.h>
#include <flink/operators/keyed_operator_state.h>
#include <flink/process_context.h>
#include <flink/windows/merging_windows.h>
#include <flink/windows/trigger.h>
#include <flink/windows/window_parts.h>
#include <flink/windows/window_times.h>

#include <optional>
#include <utility>

namespace flink::detail {

template <class Plan>
class WindowOperatorBase : public FunctionOperator<Plan> {
 public:
  void open(OperatorContext& context) override {
    out_.bind(context.output(), context.turn());
    sides_.open(context);
    sides_.open_views(out_.arena());
    keys_.open(context, this->keyed_handles(), true, schema_of<W>());
    at_key_ = &keys_.add_cursor();
    if constexpr (Plan::merging) {
      parts().merging.handle().stand_at(*at_key_);
      contents_at_ = &keys_.add_cursor();
    }
    states_.open(parts().function_handles(this->keyed_handles()), *at_key_, Plan::merging);
    trigger_context_.open(timers());
    merge_context_.open(timers());
    window_context_.open(context, timers(), sides_, states_);
    assigner_context_ = WindowAssignerContext{context.runtime().subtask_index()};
    assigner_context_.set_processing_time(now());
    late_dropped_ = &context.runtime().counter("numLateRecordsDropped");
    FunctionOperator<Plan>::open(context);
  }
  void hand_on() override { end(); }

 protected:
  using T = typename Plan::Record;
  using W = typename Plan::Window;
  using Selector = typename Plan::Selector;
  using Out = typename Plan::Out;

  explicit WindowOperatorBase(const Plan& plan)
      : FunctionOperator<Plan>(plan),
        times_(plan.assigner.is_event_time(), plan.lateness),
        late_tag_(plan.late_tag) {}

  auto& parts() noexcept { return this->function(); }
  TimerService& timers() noexcept { return keys_.timers(); }
  Timestamp now() { return timers().current_processing_time(); }
  std::int64_t watermark_millis() { return millis(timers().current_watermark()); }
  static std::int64_t millis(Timestamp at) { return at.time_since_epoch().count(); }
  static std::int64_t last_of(const W& window) { return millis(window.max_timestamp()); }
  bool is_late(const W& window) {
    return times_.is_window_late(last_of(window), watermark_millis());
  }

  void set_cleanup_timer(const W& window) {
    if (!times_.has_cleanup(last_of(window))) return;
    const Timestamp at = timestamp_of_millis(times_.cleanup_time(last_of(window)));
    if (times_.event_time()) timers().register_event_time_timer(at);
    else timers().register_processing_time_timer(at);
  }
  void delete_cleanup_timer(const W& window) {
    if (!times_.has_cleanup(last_of(window))) return;
    const Timestamp at = timestamp_of_millis(times_.cleanup_time(last_of(window)));
    if (times_.event_time()) timers().delete_event_time_timer(at);
    else timers().delete_processing_time_timer(at);
  }

  // What the trigger said.
  void obey(TriggerResult result, const W& window) {
    if (is_fire(result)) call_function(window);
    if (is_purge(result)) parts().contents.clear();
  }
  void call_function(const W& window) {
    out_.set_timestamp(last_of(window));
    out_.begin_call();
    window_context_.set_window(window);
    states_.enter_key();
    const auto call = [this](const auto& value) {
      parts().call(keys_.current_key(), window_context_, value, out_);
    };
    if constexpr (Plan::evicting) {
      EvictorContext context;
      context.begin(timers().current_watermark(), now());
      parts().contents.with(parts().evictor, window, context,
                            [&](const auto& elements) { parts().fold(elements, call); });
    } else {
      parts().contents.with(call);
    }
    // It may have taken its time, or waited for room: the next element comes when it comes.
    if (!times_.event_time()) assigner_context_.set_processing_time(now());
  }
  // Its time is over.
  void clear(const W& window) {
    parts().contents.clear();
    parts().trigger.clear(window, trigger_context_);
    window_context_.set_window(window);
    states_.enter_key();
    parts().clear(window_context_);
    states_.clear_window();
    if constexpr (Plan::merging) parts().merging.retire(window);
  }
  void drop_late(const T& record, std::int64_t at) {
    if (late_tag_) {
      sides_.add(*late_tag_, T(record), timestamp_of_millis(at));
    } else {
      late_dropped_->inc();
    }
  }

  void flush() {
    out_.flush();
    sides_.flush();
  }
  void end() {
    out_.end();
    sides_.end();
    keys_.clear_current_key();
  }

  WindowTimes times_;
  state::KeyedOperatorState<typename Selector::key_type> keys_;
  state::Cursor* at_key_ = nullptr;       // what belongs to the key alone
  state::Cursor* contents_at_ = nullptr;  // merging only
  TriggerContext trigger_context_;
  OnMergeContext merge_context_;
  WindowAssignerContext assigner_context_;
  Collector<Out> out_;
  SideOutputs sides_;

 private:
  std::optional<OutputTag<T>> late_tag_;
  Counter* late_dropped_ = nullptr;
  WindowContext<W> window_context_;
  WindowStates states_;
};

}  // namespace flink::detail
