// SPDX-License-Identifier: Apache-2.0
// MergingWindows: the windows of a key that are in flight, and where the state of each is: in the
// namespace of the one that was there first, so that merging moves as little as possible. Kept as
// one state of the key. One thread: the slot's.
#pragma once

#include <flink/state/value_state.h>
#include <flink/windows/window_assigner.h>

#include <algorithm>
#include <optional>
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

  // ---- of the current key, whose cursor stands there
  void load() {
    const auto* const held = held_.value();
    if (held != nullptr) windows_ = *held;
    else windows_.clear();
    changed_ = false;
  }
  void store() {
    if (!changed_) return;
    if (windows_.empty()) held_.clear();
    else held_.update(windows_);
  }

  // The window that this one is part of now. merge(into, merged, state window of `into`, state
  // windows that are merged into that) is called for each merge.
  template <class Assigner, class Merge>
  W add(const Assigner& assigner, const W& window, Merge&& merge) {
    if constexpr (requires { Assigner::joins_what_touches; }) {
      if (const auto joined = join_one(window, merge)) return *joined;
    }
    std::vector<W> all;
    for (const InFlight& held : windows_) all.push_back(held.window);
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
    if (!merged_it && find(window) == nullptr) {
      windows_.push_back({window, window});
      changed_ = true;
    }
    return result;
  }
  // Null: it is not in flight.
  const W* state_window(const W& window) {
    const InFlight* const held = find(window);
    return held != nullptr ? &held->state_window : nullptr;
  }
  // The one that has come of a window, by merging; null: none has.
  const W* covering(const W& window) {
    if constexpr (requires { window.cover(window); }) {
      for (const InFlight& held : windows_) {
        if (held.window.cover(window) == held.window) return &held.window;
      }
    }
    return nullptr;
  }
  // Whether one of them that touches the window is `such`.
  template <class Such>
  bool any_touches(const W& window, const Such& such) const {
    return std::any_of(windows_.begin(), windows_.end(), [&](const InFlight& held) {
      return held.window.intersects(window) && such(held.window);
    });
  }
  void retire(const W& window) {
    changed_ |= std::erase_if(windows_, [&](auto& held) { return held.window == window; }) > 0;
  }

  ValueState<std::vector<InFlight>>& handle() { return held_; }

 private:
  InFlight* find(const W& window) {
    for (InFlight& held : windows_) {
      if (held.window == window) return &held;
    }
    return nullptr;
  }
  // What nearly every element of a session does: it joins one, or begins one. Nothing: it joins
  // several.
  template <class Merge>
  std::optional<W> join_one(const W& window, Merge&& merge) {
    InFlight* touched = nullptr;
    for (InFlight& held : windows_) {
      if (!held.window.intersects(window)) continue;
      if (touched != nullptr) return std::nullopt;
      touched = &held;
    }
    if (touched == nullptr) {
      windows_.push_back({window, window});
      changed_ = true;
      return window;
    }
    const W before = touched->window;
    const W into = before.cover(window);
    if (into == before) return into;
    touched->window = into;
    changed_ = true;
    merge(into, std::vector<W>{before}, W(touched->state_window), std::vector<W>{});
    return into;
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
    windows_.push_back({into, state_window});
    changed_ = true;
    merge(into, merged, state_window, state_windows);
  }

  ValueState<std::vector<InFlight>> held_{"merging-window-set"};
  std::vector<InFlight> windows_;
  bool changed_ = false;
};

}  // namespace flink::detail
