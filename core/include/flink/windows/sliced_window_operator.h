// SPDX-License-Identifier: Apache-2.0
// Sliding windows with their assigner's own trigger whose contents can be added up: a record goes
// into one slice of its key, and a window adds its slices up when it fires. What comes out is what
// WindowOperator would give.
//
// Timers are those of windows, as there, but of a key only the next window that has something has
// one: it sets that of the window after it. The slices of a key are at the cursor of the key alone;
// the main cursor stands at the window, where the function's state is, and what was kept before
// there were slices.
#pragma once

#include <flink/base/algorithm.h>
#include <flink/windows/window_operator_base.h>
#include <flink/windows/window_slices.h>

#include <array>

namespace flink::detail {

template <class Plan>
class SlicedWindowOperator final : public WindowOperatorBase<Plan> {
  using Base = WindowOperatorBase<Plan>;
  using T = typename Plan::Record;
  using Held = typename WindowSlices<typename Plan::Contents>::Held;

 public:
  explicit SlicedWindowOperator(const Plan& plan)
      : Base(plan), selector_(plan.selector), slicing_(plan.assigner.slicing()) {}

  void open(OperatorContext& context) override {
    Base::open(context);
    slices().handle().stand_at(*at_key_);
    restored_ = context.restored_checkpoint_id().has_value();
  }
  void process(int, BatchRef& batch) override {
    this->for_each_record(
        static_cast<RecordBatch<T>&>(*batch), selector_,
        [this](const std::uint64_t* hashes, std::size_t count, const auto&) {
          for (std::size_t i = 0; i < count; ++i) keys_.prefetch_index(hashes[i]);
          for (std::size_t i = 0; i < count; ++i) keys_.prefetch_row(hashes[i]);
        },
        [this](const T& record, std::int64_t at, std::uint64_t hash, std::size_t) {
          add_record(record, at, hash);
        });
  }

 private:
  using Base::assigner_context_, Base::at_key_, Base::keys_, Base::parts;
  using Base::times_, Base::last_of;

  auto& slices() { return parts().slices; }

  void add_record(const T& record, std::int64_t at, std::uint64_t hash) {
    const std::int64_t time =
        times_.event_time() ? at : this->millis(assigner_context_.current_processing_time());
    const std::int64_t watermark = times_.event_time() ? this->watermark_millis() : INT64_MIN;
    const std::int64_t slice = slicing_.slice_of(time);
    const Slicing::Range range = slicing_.windows_at(slice);
    if (range.windows == 0 || this->is_late(slicing_.window(range, 0))) {
      if (times_.is_element_late(at, watermark)) this->drop_late(record, at);
      return;
    }
    keys_.set_current(hash, selector_(record), {});
    *at_key_ = keys_.main_cursor();
    Held& held = slices().add(record, slice, slicing_);
    const std::int64_t open = slicing_.open_windows(range, watermark);
    if (open > 0) arm(held, range, open);
    for (std::int64_t back = open; back < range.windows; ++back) {
      const TimeWindow window = slicing_.window(range, back);
      if (this->is_late(window)) return;
      keys_.set_namespace(namespace_of(window));
      fire(&held, window, false);
      this->set_cleanup_timer(window);
    }
  }
  // Timers for a record's windows: for those that are behind the last one that has fired, as there
  // may be after a restore, each by itself.
  void arm(Held& held, Slicing::Range range, std::int64_t open) {
    const TimeWindow first = slicing_.window(range, open - 1);
    const std::int64_t end = this->millis(first.end());
    if (held.armed <= end && held.fired < end) [[likely]]
      return;
    for (std::int64_t back = open; back-- > 0;) {
      const TimeWindow window = slicing_.window(range, back);
      if (this->millis(window.end()) > held.fired) {
        if (this->millis(window.end()) < held.armed) set_timer(held, window);
        return;
      }
      register_timer(window);
    }
  }
  void set_timer(Held& held, const TimeWindow& window) {
    register_timer(window);
    slices().set_armed(held, this->millis(window.end()));
  }
  void register_timer(const TimeWindow& window) {
    keys_.set_namespace_of_timers(namespace_of(window));
    Base::set_timer(window.max_timestamp(), times_.event_time());
  }

  void fire_timer(Timestamp at, bool event_time) override {
    if (event_time != times_.event_time()) return;
    const TimeWindow window = window_of<TimeWindow>(keys_.current_namespace());
    keys_.enter(*at_key_, {});
    const std::int64_t last = last_of(window), now = this->millis(at);
    Held* const held = slices().load(slicing_);
    if (now == last) {
      const bool in_turn = held != nullptr && this->millis(window.end()) > held->fired;
      fire(held, window, in_turn);
      if (in_turn) go_on_after(*held, window);
    }
    if (now >= times_.cleanup_time(last)) {
      keys_.set_namespace(namespace_of(window));
      if (held != nullptr) retire(*held, window);
      this->clear(window);
    } else if (now == last) {
      keys_.set_namespace_of_timers(namespace_of(window));
      this->set_cleanup_timer(window);
    }
    this->look_up();
  }
  void go_on_after(Held& held, const TimeWindow& window) {
    slices().set_fired(held, this->millis(window.end()));
    const std::int64_t start = this->millis(window.start());
    const auto next = held.from(start == INT64_MIN ? start : slicing_.next_start(start));
    if (next == held.slices.end()) {
      slices().set_armed(held, INT64_MAX);
    } else {
      set_timer(held, slicing_.next_window(window, next->start));
    }
  }
  // Where the main cursor stands at the window.
  void fire(Held* held, const TimeWindow& window, bool in_turn) {
    const void* const before = restored_ ? parts().contents.handle().bound().read() : nullptr;
    const auto sum = slices().sum(held, window, in_turn, before);
    if (!sum) return;
    this->call_function(window, [&](const auto& call) { slices().with(*sum, call); });
  }
  // The windows up to this one are over.
  void retire(Held& held, const TimeWindow& window) {
    slices().retire(held, slicing_.next_start(this->millis(window.start())));
  }

  typename Plan::Selector selector_;
  Slicing slicing_;
  bool restored_ = false;
};

}  // namespace flink::detail
