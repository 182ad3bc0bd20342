// SPDX-License-Identifier: Apache-2.0
// What the window operator does with one window, once it stands there: call the window function,
// drop what is over; and its contexts, cursors and timers. See window_operator.h.
#pragma once

#include <flink/base/algorithm.h>
#include <flink/operators/function_operator.h>
#include <flink/operators/keyed_operator_state.h>
#include <flink/operators/watermark_work.h>
#include <flink/process_context.h>
#include <flink/types/hash_batch.h>
#include <flink/windows/merging_windows.h>
#include <flink/windows/time_triggers.h>
#include <flink/windows/trigger.h>
#include <flink/windows/window_parts.h>
#include <flink/windows/window_times.h>

#include <array>
#include <optional>
#include <type_traits>
#include <utility>

namespace flink::detail {

[[noreturn]] void fail_without_timestamp(OperatorContext& context);

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
      parts().merging.handle().bound().rows->asks_for_keys = true;
    }
    states_.open(parts().function_handles(this->keyed_handles()), *at_key_, Plan::merging);
    trigger_context_.open(timers());
    merge_context_.open(timers());
    window_context_.open(context, timers(), sides_, states_);
    assigner_context_ = WindowAssignerContext{context.runtime().subtask_index()};
    assigner_context_.set_processing_time(now());
    late_dropped_ = &context.runtime().counter("numLateRecordsDropped");
    FunctionOperator<Plan>::open(context);
    work_.open(context.may_pause(), timers(), context.restored_watermark_pending());
  }
  void process_watermark(Timestamp watermark) override {
    work_.begin(watermark);
    go_on_with_watermark();
  }
  bool watermark_pending() const override { return work_.pending(); }
  void go_on_with_watermark() override {
    const bool done = work_.go_on(this->pace(), [this](Timestamp at) { fire_timer(at, true); });
    end();
    if (done) FunctionOperator<Plan>::process_watermark(timers().current_watermark());
  }
  void on_processing_time(std::int64_t wall_millis) override {
    timers().advance_processing_time(wall_millis, [this](Timestamp at) { fire_timer(at, false); });
    end();
  }
  void hand_on() override { end(); }

 protected:
  using T = typename Plan::Record;
  using W = typename Plan::Window;
  using Selector = typename Plan::Selector;
  using Out = typename Plan::Out;

  // Records at once: few enough that their rows' lines are still in L1 when their turn comes.
  static constexpr std::size_t group = 32;

  explicit WindowOperatorBase(const Plan& plan)
      : FunctionOperator<Plan>(plan),
        times_(plan.assigner.is_event_time(), plan.lateness),
        late_tag_(plan.late_tag) {}

  // The key and the window that the timer is of are current.
  virtual void fire_timer(Timestamp at, bool event_time) = 0;

  // prefetch(hashes, count, time_of) for a few records, add(record, millis, hash, i) for each
  // of them.
  template <class Prefetch, class Add>
  void for_each_record(RecordBatch<T>& records, const Selector& selector, Prefetch&& prefetch,
                       Add&& add) {
    out_.begin(records);
    sides_.begin(records);
    std::array<std::uint64_t, group> hashes;
    for (std::size_t from = 0, count = 0; from < records.size(); from += count) {
      count = std::min(std::min(group, this->pace().stretch()), records.size() - from);
      if (!times_.event_time()) assigner_context_.set_processing_time(now());
      hash_keys<T>(selector, records.data() + from, count, hashes.data());
      const auto time_of = [&records, from](std::size_t i) {
        return records.stamped() ? records.timestamps()[from + i] : no_timestamp;
      };
      prefetch(hashes.data(), count, time_of);
      for (std::size_t i = 0; i < count; ++i) {
        const std::int64_t at = time_of(i);
        if (times_.event_time() && at == no_timestamp) [[unlikely]]
          fail_without_timestamp(this->context());
        add(std::as_const(records)[from + i], at, hashes[i], i);
      }
      this->pace().look([this] { flush(); });
    }
    end();
  }

  using Trigger = typename Plan::Trigger;
  // One without state, that does nothing more for a window that has elements already.
  // By the assigner's own clock: by the other one an element may come when that timer has fired.
  static constexpr bool only_timers = is_time_trigger_of<Trigger, typename Plan::Assigner>;
  // The assigner's own trigger sets one timer, at the end of the window.
  static constexpr bool own_trigger = std::is_same_v<
      Trigger, decltype(std::declval<const typename Plan::Assigner&>().get_default_trigger())>;
  static constexpr bool adds_to_row =
      requires(typename Plan::Contents & contents, state::Row* row, const T& record) {
    contents.add_to_row(row, record);
  };

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
    set_timer(timestamp_of_millis(times_.cleanup_time(last_of(window))), times_.event_time());
  }
  void delete_cleanup_timer(const W& window) {
    if (!times_.has_cleanup(last_of(window))) return;
    delete_timer(timestamp_of_millis(times_.cleanup_time(last_of(window))), times_.event_time());
  }
  void set_timer(Timestamp at, bool event_time) {
    if (event_time) timers().add_event_time_timer(at);
    else timers().add_processing_time_timer(at);
  }
  void delete_timer(Timestamp at, bool event_time) {
    if (event_time) timers().delete_event_time_timer(at);
    else timers().delete_processing_time_timer(at);
  }
  // In the row where the contents stand, if there is one.
  bool set_timer_in_row(Timestamp last) {
    state::Row* const row = parts().contents.handle().bound().at->row;
    if (row == nullptr) return false;
    if (row->is(state::Row::timed) && timestamp_of(*row) <= last) return true;
    if (times_.event_time()) timers().add_event_time_timer(row, last);
    else timers().add_processing_time_timer(row, last);
    return true;
  }
  static Timestamp timestamp_of(const state::Row& row) {
    return timestamp_of_millis(static_cast<const state::NamespacedRow&>(row).due);
  }

  // What the trigger said.
  void obey(TriggerResult result, const W& window) {
    if (is_fire(result)) call_function(window);
    if (is_purge(result)) parts().contents.clear();
  }
  void call_function(const W& window) {
    call_function(window, [this](const auto& call) { parts().contents.with(call); });
  }
  // with(call): call(what the function gets), unless there is nothing.
  template <class With>
  void call_function(const W& window, With&& with) {
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
      with(call);
    }
    // It may have taken its time, or waited for room: the next element comes when it comes.
    if (!times_.event_time()) assigner_context_.set_processing_time(now());
  }
  // Its time is over. `fired`: and the trigger has none but the timers that have come up.
  template <bool fired = false>
  void clear(const W& window) {
    parts().contents.clear();
    if constexpr (!fired) parts().trigger.clear(window, trigger_context_);
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

  // Between two timers.
  void look_up() {
    if (!work_.pending() || !work_.may_pause()) this->pace().look([this] { flush(); });
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
  WatermarkWork work_;
  std::optional<OutputTag<T>> late_tag_;
  Counter* late_dropped_ = nullptr;
  WindowContext<W> window_context_;
  WindowStates states_;
};

}  // namespace flink::detail
