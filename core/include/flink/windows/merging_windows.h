// SPDX-License-Identifier: Apache-2.0
// MergingWindows: the windows of a key that are in flight, and where the state of each is: in the
// namespace of the one that was there first, so that merging moves as little as possible. Kept as
// one state of the key. One thread: the slot's.
#pragma once

#include <flink/base/algorithm.h>
#include <flink/base/prefetch.h>
#include <flink/state/value_state.h>
#include <flink/windows/window_assigner.h>

#include <utility>
#include <vector>

namespace flink::detail {

template <class W>
class MergingWindows {
 public:
  struct InFlight {
    W window;
    W state_window;
  };

  // ---- of the current key, whose cursor stands there; they are changed where they lie
  void load() { held_ = const_cast<std::vector<InFlight>*>(state_.value()); }

  // The window that this one is part of now. merge(into, merged, state window of `into`, state
  // windows that are merged into that) is called for each merge.
  template <class Assigner, class Merge>
  W add(const Assigner& assigner, const W& window, Merge&& merge) {
    if constexpr (requires { Assigner::joins_what_touches; }) {
      return join_what_touches<Assigner>(window, merge);
    } else {
      return join_what_merges(assigner, window, merge);
    }
  }
  // Null: it is not in flight.
  const InFlight* find(const W& window) const {
    return find_if([&window](const InFlight& held) { return held.window == window; });
  }
  // The one that has come of a window, by merging; null: none has.
  const InFlight* grown_from(const W& window) const {
    if constexpr (requires { window.cover(window); }) {
      return find_if(
          [&](const InFlight& held) { return held.window.cover(window) == held.window; });
    }
    return nullptr;
  }
  // One that touches the window and is `such`; null: there is none.
  template <class Such>
  bool any_touches(const W& window, const Such& such) const {
    return find_if([&](const InFlight& held) {
             return held.window.intersects(window) && such(held.window);
           }) != nullptr;
  }
  void retire(const W& window) {
    if (find(window) == nullptr) return;
    change([&](auto& all) {
      std::erase_if(all, [&](const InFlight& held) { return held.window == window; });
    });
    if (!held_->empty()) return;
    state_.clear();
    held_ = nullptr;
  }

  // ---- ahead of its turn, of a row that may be any of the operator's
  void prefetch(state::Row* row) const {
    if (const auto* const held = in_row(row)) flink::detail::prefetch(held->data());
  }
  // Of the window that a record of that time most likely joins; null: it seems to begin one.
  const W* likely_state_window(state::Row* row, Timestamp at) const {
    const auto* const held = in_row(row);
    if (held == nullptr) return nullptr;
    const InFlight* next = nullptr;  // it may be about to reach back to this one
    for (const InFlight& one : *held) {
      if (one.window.end() < at) continue;
      if (one.window.start() <= at) return &one.state_window;
      if (next == nullptr || one.window.start() < next->window.start()) next = &one;
    }
    return next != nullptr ? &next->state_window : nullptr;
  }
  // Of the row of a key: the one that touches the window; null: none does, or several do.
  InFlight* only_touched(state::Row* row, const W& window) const {
    InFlight* found = nullptr;
    auto* const held = const_cast<std::vector<InFlight>*>(in_row(row));
    if (held == nullptr) return nullptr;
    for (InFlight& one : *held) {
      if (!one.window.intersects(window)) continue;
      if (found != nullptr) return nullptr;
      found = &one;
    }
    return found;
  }

  ValueState<std::vector<InFlight>>& handle() { return state_; }

 private:
  const std::vector<InFlight>* in_row(state::Row* row) const {
    const state::BoundState& state = state_.bound();
    if (row == nullptr || (state.bits(row) & state::present) == 0) return nullptr;
    return static_cast<const std::vector<InFlight>*>(state.cell(row));
  }
  template <class Is>
  InFlight* find_if(const Is& is) const {
    if (held_ == nullptr) return nullptr;
    for (InFlight& held : *held_) {
      if (is(held)) return &held;
    }
    return nullptr;
  }
  template <class Change>
  void change(Change&& change) {
    if (held_ != nullptr) return state::change_cell(state_.bound(), *held_, change);
    std::vector<InFlight> fresh;
    change(fresh);
    held_ = &state::set_cell<std::vector<InFlight>>(state_.bound(), std::move(fresh));
  }
  void begin(const W& window) {
    change([&](auto& all) { all.push_back({window, window}); });
  }

  // Those that touch the window become one with it. Of an element that is in one of them already,
  // or makes one longer, no more is asked than that.
  template <class Assigner, class Merge>
  W join_what_touches(const W& window, Merge&& merge) {
    const auto touches = [&window](const InFlight& held) { return held.window.intersects(window); };
    InFlight* const first = find_if(touches);
    if (first == nullptr) {
      begin(window);
      return window;
    }
    merged_.assign(1, first->window);
    W into = first->window.cover(window);
    for (InFlight* other = first + 1; other != held_->data() + held_->size(); ++other) {
      if (!touches(*other)) continue;
      merged_.push_back(other->window);
      into = into.cover(other->window);
    }
    state_windows_.clear();
    W state_window = first->state_window;
    if (merged_.size() == 1) {
      if (into == first->window) return into;
    } else {
      merged_.push_back(window);
      Assigner::order_merged(merged_);
      merged_.erase(first_that(merged_.begin(), merged_.end(),
                               [&window](const W& merged) { return merged == window; }));
      for (const W& one : merged_) state_windows_.push_back(find(one)->state_window);
      state_window = state_windows_.front();
      state_windows_.erase(state_windows_.begin());
    }
    change([&](auto& all) {
      if (merged_.size() == 1) {
        first->window = into;
        return;
      }
      std::erase_if(all, touches);
      all.push_back({into, state_window});
    });
    merge(into, merged_, state_window, state_windows_);
    return into;
  }

  template <class Assigner, class Merge>
  W join_what_merges(const Assigner& assigner, const W& window, Merge&& merge) {
    std::vector<W> all;
    if (held_ != nullptr) {
      for (const InFlight& held : *held_) all.push_back(held.window);
    }
    all.push_back(window);
    MergeCallback<W> callback;
    assigner.merge_windows(all, callback);

    W result = window;
    bool merged_it = false;
    for (const auto& [of, into] : callback.merges()) {
      std::vector<W> merged = of;
      if (std::erase(merged, window) > 0) {
        merged_it = true;
        result = into;
      }
      join(merged, into, merge);
    }
    if (!merged_it && find(window) == nullptr) begin(window);
    return result;
  }
  template <class Merge>
  void join(const std::vector<W>& merged, const W& into, Merge&& merge) {
    std::vector<W> state_windows;
    for (const W& window : merged) {
      if (const InFlight* const held = find(window)) state_windows.push_back(held->state_window);
    }
    if (state_windows.empty()) return;
    if (merged.size() == 1 && merged.front() == into) return;  // it has all of the new one
    for (const W& window : merged) retire(window);
    const W state_window = state_windows.front();
    state_windows.erase(state_windows.begin());
    change([&](auto& all) { all.push_back({into, state_window}); });
    merge(into, merged, state_window, state_windows);
  }

  ValueState<std::vector<InFlight>> state_{"merging-window-set"};
  std::vector<InFlight>* held_ = nullptr;  // in the state; null: none is in flight
  std::vector<W> merged_, state_windows_;  // while they are
};

}  // namespace flink::detail
