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

#include <flink/windows/merging_operator_base.h>
#include <flink/windows/window_places.h>

#include <array>
#include <type_traits>

namespace flink::detail {

template <class Plan>
class WindowOperator final : public MergingOperatorBase<Plan> {
  using Base = MergingOperatorBase<Plan>;
  using T = typename Plan::Record;
  using W = typename Plan::Window;
  using typename Base::Trigger;

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
          add_record(record, at, hash, i);
        });
  }

 private:
  using Base::adds_to_row, Base::only_timers, Base::own_trigger, Base::timers_stay;
  using Base::assigner_context_, Base::at_key_, Base::keys_, Base::parts, Base::sessions_;
  using Base::stand, Base::stand_contents, Base::timers, Base::times_, Base::trigger_context_;
  static constexpr bool one_window = has_one_window<typename Plan::Assigner>;
  static constexpr bool in_place =
      one_window && only_timers && Plan::contents_tell_first && adds_to_row;

  template <class TimeOf>
  void prefetch_rows(const std::uint64_t* hashes, std::size_t count, const TimeOf& time_of) {
    if constexpr (one_window) {
      places_.find(parts().assigner, assigner_context_, hashes, count, time_of, keys_);
    } else if constexpr (timers_stay) {
      sessions_.find(parts().merging, hashes, count, time_of, keys_);
    } else if constexpr (Plan::merging) {  // which windows a key has
      for (std::size_t i = 0; i < count; ++i) keys_.prefetch_index(hashes[i]);
      for (std::size_t i = 0; i < count; ++i) keys_.prefetch_row(hashes[i]);
    }
  }
  // What nearly every record does: it changes what its window has already.
  bool add_in_place(const T& record, std::size_t i) {
    const WindowPlace& place = places_[i];
    if (times_.event_time() && place.window->last <= this->watermark_millis()) return false;
    state::Row* const row =
        keys_.changed_row(place.row, place.row_hash, selector_(record), place.window->name_space);
    return row != nullptr && parts().contents.add_to_row(row, record);
  }
  void add_record(const T& record, std::int64_t at, std::uint64_t hash, std::size_t i) {
    bool taken = false, at_key = false;
    const auto add = [&](const W& window) {
      if constexpr (Plan::merging) {
        if constexpr (timers_stay && adds_to_row) {
          if (!times_.keeps_fired() && this->extend(record, selector_(record), window, hash, i))
              [[likely]] {
            taken = true;
            return;
          }
        }
        if (!at_key) {
          at_key = true;
          keys_.set_current(hash, selector_(record), {});
          *at_key_ = *parts().contents.handle().bound().rows;
          parts().merging.load();
        }
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
    return this->set_timer_in_row(window.max_timestamp());
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
          if (!this->timers_in_rows() || at < held->window.max_timestamp()) {
            return this->set_next_timer(*held, at, event_time);
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
  bool add_merging(const T& record, std::int64_t at, const W& window) {
    auto& all = parts().merging;
    if constexpr (requires { Plan::Assigner::joins_what_touches; }) {
      if (this->is_left_out(window)) return false;
    }
    const W actual = all.add(parts().assigner, window,
                             [this](const auto&... merged) { this->merge(merged...); });
    if (this->is_late(actual)) {
      all.retire(actual);
      return false;
    }
    stand_contents(*all.find(actual));
    if constexpr (timers_stay) {
      const bool first = parts().contents.add(record, at);
      if (!times_.keeps_fired() && !Trigger::fires_at_once(actual, timers().current_watermark())) {
        if (!first) return true;
        if (this->timers_in_rows() && this->set_timer_in_row(actual.max_timestamp())) return true;
      }
      stand(actual);
      ask_trigger(record, at, actual);
    } else {
      stand(actual);
      add_to_window(record, at, actual);
    }
    return true;
  }

  typename Plan::Selector selector_;
  [[no_unique_address]] std::conditional_t<
      one_window, WindowPlaces<typename Plan::Assigner, Base::group>, NothingMerges>
      places_;
};

}  // namespace flink::detail
