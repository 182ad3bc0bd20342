// SPDX-License-Identifier: Apache-2.0
// What a stream's windows are, as the user has said it so far, and what may be wrong with an
// assigner, a trigger or an evictor. A value.
#pragma once

#include <flink/api/stream_node.h>
#include <flink/api/window_checks.h>
#include <flink/output_tag.h>
#include <flink/windows/window_times.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

namespace flink::detail {

template <class T, class Selector_, class Assigner_, class Trigger_, class Evictor_>
struct WindowSettings {
  using Record = T;
  using Selector = Selector_;
  using Assigner = Assigner_;
  using Trigger = Trigger_;
  using Evictor = Evictor_;
  using Window = window_t<Assigner, T>;
  static constexpr bool merging = merges_windows<Assigner, Window>;

  StreamNode node;
  Selector selector;
  Assigner assigner;
  Trigger trigger;
  Evictor evictor;
  std::int64_t lateness = 0;
  std::optional<OutputTag<T>> late_tag;
};

template <class T, class Assigner>
consteval bool assigner_fits() {
  constexpr bool assigns = AssignsWindows<Assigner, T>;
  static_assert(assigns,
                "flinkc: a window assigner has std::vector<W> assign_windows(const Record&, "
                "Timestamp, WindowAssignerContext&) const, get_default_trigger() const and bool "
                "is_event_time() const, where W has max_timestamp()");
  if constexpr (assigns) {
    constexpr bool merges =
        !names_merge_windows<Assigner> || merges_windows<Assigner, window_t<Assigner, T>>;
    static_assert(merges,
                  "flinkc: the window assigner's merge_windows has the wrong shape: write void "
                  "merge_windows(const std::vector<W>& windows, MergeCallback<W>& callback) const");
    return merges;
  } else {
    return false;
  }
}

template <class Settings, class Trigger>
consteval bool trigger_fits() {
  using W = typename Settings::Window;
  constexpr bool fits = triggers_window<Trigger, typename Settings::Record, W>;
  static_assert(fits,
                "flinkc: this trigger lacks a method for these windows, or one has other types: "
                "write TriggerResult on_element(const Record&, Timestamp, const TimeWindow&, "
                "TriggerContext&), on_event_time and on_processing_time(Timestamp, const "
                "TimeWindow&, TriggerContext&), and void clear(const TimeWindow&, "
                "TriggerContext&), with the stream's record and the assigner's window");
  constexpr bool merges = !Settings::merging || triggers_merging<Trigger, W>;
  static_assert(!fits || merges,
                "flinkc: these windows merge (sessions do), and this trigger does not say what "
                "becomes of its state and timers then: add bool can_merge() const and void "
                "on_merge(const TimeWindow&, OnMergeContext&), or use another trigger");
  return fits && merges;
}
template <class Settings, class Trigger>
auto with_trigger(const Settings& of, Trigger trigger) {
  if (Settings::merging && !can_merge(trigger)) refuse_trigger_of_merging_windows();
  return WindowSettings<typename Settings::Record, typename Settings::Selector,
                        typename Settings::Assigner, Trigger, typename Settings::Evictor>{
      of.node, of.selector, of.assigner, std::move(trigger), of.evictor, of.lateness, of.late_tag};
}

template <class Settings, class Evictor>
consteval bool evictor_fits() {
  constexpr bool fits =
      evicts_elements<Evictor, typename Settings::Record, typename Settings::Window>;
  static_assert(fits,
                "flinkc: an evictor has void evict_before(std::vector<TimestampedValue<Record>>& "
                "elements, std::size_t size, const TimeWindow& window, EvictorContext& ctx) and "
                "evict_after of the same form, with the stream's record and the assigner's window");
  return fits;
}
template <class Settings, class Evictor>
auto with_evictor(const Settings& of, Evictor evictor) {
  return WindowSettings<typename Settings::Record, typename Settings::Selector,
                        typename Settings::Assigner, typename Settings::Trigger, Evictor>{
      of.node, of.selector, of.assigner, of.trigger, std::move(evictor), of.lateness, of.late_tag};
}

}  // namespace flink::detail
