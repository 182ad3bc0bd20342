// SPDX-License-Identifier: Apache-2.0
// The window operator: assigns each record to windows, keeps what they hold in rows of (key,
// window), asks the trigger, calls the window function, and drops what is over (Flink, "Windows").
// One look-up of state a record and window; where an assigner's own trigger has set its timers, a
// further record costs no more than that.
//
// The main cursor of the operator's state stands at the window itself: timers and the trigger's
// state are there. So are the contents, but where windows merge: then they are in the namespace
// that MergingWindows says, and what belongs to the key alone is at a third cursor.
#pragma once

#include <flink/windows/window_operator_base.h>
#include <flink/windows/window_places.h>

#include <algorithm>
#include <array>
#include <vector>

namespace flink::detail {

[[noreturn]] void fail_merge_of_late_windows(bool event_time, Timestamp now, Timestamp window_end);

template <class Plan>
class WindowOperator final : public WindowOperatorBase<Plan> {
  using Base = WindowOperatorBase<Plan>;
  using T = typename Plan::Record;
  using W = typename Plan::Window;
  using Trigger = typename Plan::Trigger;
  // One without state, that does nothing more for a window that has elements already.
  static constexpr bool only_timers = requires(const W& window, Timestamp at) {
    Trigger::fires_at_once(window, at);
  };

 public:
  explicit WindowOperator(const Plan& plan) : Base(plan), selector_(plan.selector) {}

  void process(int, BatchRef& batch) override {
    this->for_each_record(
        static_cast<RecordBatch<T>&>(*batch), selector_,
        [this](const std::uint64_t* hashes, std::size_t count, const auto& time_of) {
          prefetch_rows(hashes, count, time_of);
        },
        [this](const T& record, std::int64_t at, std::uint64_t hash, std::size_t i) {
          if constexpr (in_place) {
            if (add_in_place(record, i)) [[likely]]
              return;
          }
          add_record(record, at, hash);
        });
  }

 private:
  using Base::assigner_context_, Base::at_key_, Base::contents_at_, Base::keys_;
  using Base::merge_context_, Base::parts, Base::timers, Base::times_, Base::trigger_context_;
  // The assigner's own trigger sets one timer, at the end of the window.
  static constexpr bool own_trigger = std::is_same_v<
      Trigger, decltype(std::declval<const typename Plan::Assigner&>().get_default_trigger())>;
  static constexpr bool one_window = has_one_window<typename Plan::Assigner>;
  static constexpr bool in_place =
      one_window && only_timers && Plan::contents_tell_first &&
      requires(typename Plan::Contents & contents, state::Row* row, const T& record) {
    contents.add_to_row(row, record);
  };

  template <class TimeOf>
  void prefetch_rows(const std::uint64_t* hashes, std::size_t count, const TimeOf& time_of) {
    if constexpr (one_window) {
      places_.find(parts().assigner, assigner_context_, hashes, count, time_of, keys_);
    } else if constexpr (Plan::merging) {  // which windows a key has
      std::array<state::Row*, Base::group> rows;
      for (std::size_t i = 0; i < count; ++i) keys_.prefetch_index(hashes[i]);
      for (std::size_t i = 0; i < count; ++i) rows[i] = keys_.likely_row(hashes[i]);
      for (std::size_t i = 0; i < count; ++i) parts().merging.prefetch(rows[i]);
      if constexpr (timers_stay && std::is_same_v<W, TimeWindow>) {  // and what the window has
        std::array<std::uint64_t, Base::group> contents;
        for (std::size_t i = 0; i < count; ++i) {
          const W* const there =
              parts().merging.likely_state_window(rows[i], timestamp_of_millis(time_of(i)));
          contents[i] = there == nullptr ? hashes[i] : namespace_of(*there).row_hash(hashes[i]);
          keys_.prefetch_index(contents[i]);
        }
        for (std::size_t i = 0; i < count; ++i) keys_.prefetch_row(contents[i]);
      }
    }
  }
  // What nearly every record does: it changes what its window has already.
  bool add_in_place(const T& record, std::size_t i) {
    const WindowPlace& place = places_[i];
    if (times_.event_time() && place.window->last <= this->watermark_millis()) return false;
    state::Row* const row =
        keys_.changed_row(place.row_hash, selector_(record), place.window->name_space);
    return row != nullptr && parts().contents.add_to_row(row, record);
  }
  void add_record(const T& record, std::int64_t at, std::uint64_t hash) {
    bool taken = false;
    if constexpr (Plan::merging) {
      keys_.set_current(hash, selector_(record), {});
      *at_key_ = *parts().contents.handle().bound().rows;
      parts().merging.load();
    }
    const auto add = [&](const W& window) {
      if constexpr (Plan::merging) {
        taken |= add_merging(record, at, window);
      } else {
        if (this->is_late(window)) return;
        if (taken) keys_.set_namespace(namespace_of(window));
        else keys_.set_current(hash, selector_(record), namespace_of(window));
        taken = true;
        add_to_window(record, at, window);
      }
    };
    assign(parts().assigner, record, timestamp_of_millis(at), assigner_context_, add);
    if (!taken && times_.is_element_late(at, this->watermark_millis())) this->drop_late(record, at);
  }
  void add_to_window(const T& record, std::int64_t at, const W& window) {
    const bool first = parts().contents.add(record, at);
    if constexpr (only_timers && Plan::contents_tell_first) {
      if (!first && !Trigger::fires_at_once(window, timers().current_watermark())) [[likely]]
        return;
    }
    if constexpr (only_timers && own_trigger && !Plan::merging) {
      if (set_only_timer(window)) return;
    }
    ask_trigger(record, at, window);
  }
  void ask_trigger(const T& record, std::int64_t at, const W& window) {
    const TriggerResult result =
        parts().trigger.on_element(record, timestamp_of_millis(at), window, trigger_context_);
    this->obey(result, window);
    if constexpr (only_timers && own_trigger) {
      const std::int64_t last = this->last_of(window);
      if (result == TriggerResult::CONTINUE && times_.cleanup_time(last) == last) return;
    }
    this->set_cleanup_timer(window);
  }

  // That of its end, in the row of its contents. False: there is more to do.
  bool set_only_timer(const W& window) {
    const std::int64_t last = this->last_of(window);
    if (times_.cleanup_time(last) != last ||
        Trigger::fires_at_once(window, timers().current_watermark())) {
      return false;
    }
    return set_timer_in_row(window.max_timestamp());
  }

  void fire_timer(Timestamp at, bool event_time) override {
    W window = window_of<W>(keys_.current_namespace());
    if constexpr (Plan::merging) {
      keys_.enter(*at_key_, {});
      parts().merging.load();
      const auto* held = parts().merging.find(window);
      if constexpr (timers_stay) {
        if (held == nullptr) {
          held = parts().merging.grown_from(window);
          if (held == nullptr) return;
          if (!timers_in_rows() || at < held->window.max_timestamp()) {
            return set_next_timer(*held, at, event_time);
          }
          window = held->window;
          at = window.max_timestamp();
        }
      }
      if (held == nullptr) return;
      stand_contents(*held);
    }
    this->obey(event_time ? parts().trigger.on_event_time(at, window, trigger_context_)
                          : parts().trigger.on_processing_time(at, window, trigger_context_),
               window);
    if (times_.event_time() == event_time) {
      const std::int64_t last = this->last_of(window);
      if (this->millis(at) == times_.cleanup_time(last)) {
        this->template clear<own_trigger && only_timers>(window);
      } else if (this->millis(at) == last) {  // with less lateness before a restore it was over now
        this->set_cleanup_timer(window);
      }
    }
    this->look_up();
  }

  // ---- windows that merge
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
      if (set_timer_in_row(last)) return;
    }
    stand(held.window);
    if (event_time) timers().add_event_time_timer(last);
    else timers().add_processing_time_timer(last);
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
  // Whether one of them has not fired, so that its timer is still to come.
  bool has_timer(const std::vector<W>& merged) {
    const Timestamp time = times_.event_time() ? timers().current_watermark()
                                               : assigner_context_.current_processing_time();
    return std::any_of(merged.begin(), merged.end(),
                       [time](const W& window) { return window.max_timestamp() > time; });
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
  bool add_merging(const T& record, std::int64_t at, const W& window) {
    auto& all = parts().merging;
    if constexpr (requires { Plan::Assigner::joins_what_touches; }) {
      if (is_left_out(window)) return false;
    }
    const W actual =
        all.add(parts().assigner, window, [this](const auto&... merged) { merge(merged...); });
    if (this->is_late(actual)) {
      all.retire(actual);
      return false;
    }
    stand_contents(*all.find(actual));
    if constexpr (timers_stay) {
      const bool first = parts().contents.add(record, at);
      if (!times_.keeps_fired() &&
          !Trigger::fires_at_once(actual, timers().current_watermark())) {
        if (!first) return true;
        if (timers_in_rows() && set_timer_in_row(actual.max_timestamp())) return true;
      }
      stand(actual);
      ask_trigger(record, at, actual);
    } else {
      stand(actual);
      add_to_window(record, at, actual);
    }
    return true;
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
  // Processing time is that of the element: the clock has gone on since, and what ends now fires.
  void check_merge(const W& into) {
    const bool event_time = times_.event_time();
    const Timestamp time =
        event_time ? timers().current_watermark() : assigner_context_.current_processing_time();
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

  typename Plan::Selector selector_;
  [[no_unique_address]] std::conditional_t<
      one_window, WindowPlaces<typename Plan::Assigner, Base::group>, NothingMerges>
      places_;
};

}  // namespace flink::detail
