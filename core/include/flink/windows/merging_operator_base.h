// SPDX-License-Identifier: Apache-2.0
// What the window operator does where windows merge: where the contents of one are, what becomes of
// several, and the timers of windows that grow. See window_operator.h.
#pragma once

#include <flink/base/algorithm.h>
#include <flink/windows/session_places.h>
#include <flink/windows/window_operator_base.h>

#include <type_traits>
#include <vector>

namespace flink::detail {

[[noreturn]] void fail_merge_of_late_windows(bool event_time, Timestamp now, Timestamp window_end);

template <class Plan>
class MergingOperatorBase : public WindowOperatorBase<Plan> {
  using Base = WindowOperatorBase<Plan>;

 protected:
  using Base::assigner_context_, Base::contents_at_, Base::keys_, Base::merge_context_;
  using Base::Base, Base::only_timers, Base::own_trigger;
  using Base::parts, Base::timers, Base::times_, Base::trigger_context_;
  using typename Base::T, typename Base::Trigger, typename Base::W;

  // A window that grows keeps the timer of its first end: when that comes up, the next one is set.
  // So an element that makes its session longer touches no timer. Not where windows that have fired
  // are kept.
  static constexpr bool timers_stay = Plan::merging && only_timers && !Plan::evicting && requires {
    Plan::Assigner::joins_what_touches;
  };
  // Then that timer lies in the row of the contents, which stays where it is, and is told apart by
  // the window that was there first. There is always one, or one of its own that is not later.
  bool timers_in_rows() const { return timers_stay && own_trigger && !times_.keeps_fired(); }
  template <class InFlight>
  void set_next_timer(const InFlight& held, Timestamp at, bool event_time) {
    const Timestamp last = held.window.max_timestamp();
    if (last < at) return;
    if (timers_in_rows()) {
      stand_contents(held);
      if (this->set_timer_in_row(last)) return;
    }
    stand(held.window);
    this->set_timer(last, event_time);
  }
  // What nearly every element of a session does: it is in one that is still to fire, or makes it
  // longer, and both rows were changed already.
  template <class Key>
  bool extend(const T& record, const Key& key, const W& window, std::uint64_t hash, std::size_t i) {
    const SessionPlace& place = sessions_[i];
    state::Row* const row = keys_.changed_row(place.key_row, hash, key, {});
    if (row == nullptr) return false;
    auto* const held = parts().merging.only_touched(row, window);
    const Timestamp time = time_of_merge();
    if (held == nullptr || held->window.max_timestamp() <= time || window.max_timestamp() <= time) {
      return false;
    }
    const state::Namespace there = namespace_of(held->state_window);
    state::Row* const contents =
        place.contents != nullptr
            ? keys_.changed_row(place.contents, place.contents_hash, key, there)
            : nullptr;
    if (contents == nullptr || !parts().contents.add_to_row(contents, record)) return false;
    held->window = held->window.cover(window);
    return true;
  }
  // Processing time is that of the element: the clock has gone on since, and what ends now fires.
  Timestamp time_of_merge() {
    return times_.event_time() ? timers().current_watermark()
                               : assigner_context_.current_processing_time();
  }
  // Whether one of them has not fired, so that its timer is still to come.
  bool has_timer(const std::vector<W>& merged) {
    const Timestamp time = time_of_merge();
    for (const W& window : merged) {
      if (window.max_timestamp() > time) return true;
    }
    return false;
  }
  // Where the trigger is.
  void stand(const W& window) {
    if constexpr (only_timers) keys_.set_namespace_of_timers(namespace_of(window));
    else keys_.set_namespace(namespace_of(window));
  }
  template <class InFlight>
  void stand_contents(const InFlight& held) {
    StateHandle& contents = parts().contents.handle();
    state::Cursor& main = *contents.bound().rows;
    if (!only_timers && held.window == held.state_window) {
      // Two cursors must not make one row.
      contents.stand_at(main);
      return;
    }
    const state::Namespace there = namespace_of(held.state_window);
    if (main.row != nullptr && main.name_space == there) *contents_at_ = main;
    else keys_.enter(*contents_at_, there);
    contents.stand_at(*contents_at_);
  }
  // A late element joins what is not over yet. What is, and has not fired so far, fires without it:
  // there is such in a snapshot between two pieces of a watermark.
  bool is_left_out(const W& window) {
    return this->is_late(window) && !parts().merging.any_touches(window, [this](const W& held) {
      return !this->is_late(held);
    });
  }
  void merge(const W& into, const std::vector<W>& merged, const W& state_window,
             const std::vector<W>& state_windows) {
    check_merge(into);
    if constexpr (timers_stay) {
      if (!times_.keeps_fired() && has_timer(merged))
        return merge_contents(state_window, state_windows);
    }
    const std::vector<state::Namespace> merged_names = namespaces_of(merged);
    stand(into);
    merge_context_.begin(merged_names);
    parts().trigger.on_merge(into, merge_context_);
    for (const W& window : merged) {
      stand(window);
      parts().trigger.clear(window, trigger_context_);
      this->delete_cleanup_timer(window);
    }
    merge_contents(state_window, state_windows);
  }
  void merge_contents(const W& state_window, const std::vector<W>& state_windows) {
    if (state_windows.empty()) return;
    if (timers_in_rows()) {
      // The timer of the first one is enough.
      keys_.enter(*contents_at_, namespace_of(state_window));
      const bool enough = contents_at_->row != nullptr && contents_at_->row->is(state::Row::timed);
      for (const W& window : state_windows) {
        keys_.enter(*contents_at_, namespace_of(window));
        state::Row* const row = enough ? contents_at_->row : nullptr;
        if (row == nullptr || !row->is(state::Row::timed)) continue;
        if (times_.event_time()) timers().delete_event_time_timer_in(row);
        else timers().delete_processing_time_timer_in(row);
      }
    }
    parts().contents.merge(namespace_of(state_window), namespaces_of(state_windows));
  }
  void check_merge(const W& into) {
    const bool event_time = times_.event_time();
    const Timestamp time = time_of_merge();
    const std::int64_t end = times_.cleanup_time(this->last_of(into)), at = this->millis(time);
    if (event_time ? end <= at : end < at) {
      fail_merge_of_late_windows(event_time, time, into.max_timestamp());
    }
  }
  static std::vector<state::Namespace> namespaces_of(const std::vector<W>& windows) {
    std::vector<state::Namespace> names;
    for (const W& window : windows) names.push_back(namespace_of(window));
    return names;
  }

  [[no_unique_address]] std::conditional_t<timers_stay, SessionPlaces<W, Base::group>,
                                           NothingMerges>
      sessions_;
};

}  // namespace flink::detail
