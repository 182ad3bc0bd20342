// SPDX-License-Identifier: Apache-2.0
// Where the next few records belong that are in one window each: found for all of them first, so
// that their rows are on the way to the cache before the first one is looked at.
#pragma once

#include <flink/base/algorithm.h>
#include <flink/state/namespace.h>
#include <flink/state/rows.h>
#include <flink/windows/window_parts.h>

#include <array>
#include <cstddef>
#include <cstdint>

namespace flink::detail {

struct PlacedWindow {
  TimeWindow window;
  state::Namespace name_space;
  std::uint64_t hash = 0;  // of the namespace
  std::int64_t last = 0;   // of the window
};
struct WindowPlace {
  std::uint64_t row_hash = 0;
  state::Row* row = nullptr;  // most likely; null: there is none
  const PlacedWindow* window = nullptr;
};

template <class Assigner>
constexpr bool has_one_window = requires(const Assigner& assigner, Timestamp at,
                                         WindowAssignerContext& context) {
  assigner.only_window(at, context);
};

// For up to `max` records.
template <class Assigner, std::size_t max>
class WindowPlaces {
 public:
  template <class TimeOf, class Keys>
  void find(const Assigner& assigner, WindowAssignerContext& context, const std::uint64_t* hashes,
            std::size_t count, const TimeOf& time_of, const Keys& keys) {
    // Most are in the one that the last ones were in.
    if (Assigner::is_event_time() && current_ != nullptr) windows_.front() = *current_;
    current_ = windows_.data();
    PlacedWindow* end = windows_.data() + 1;
    if (!Assigner::is_event_time()) place(*current_, assigner, context, 0);
    for (std::size_t i = 0; i < count; ++i) {
      const std::int64_t at = time_of(i);
      if (!has(*current_, at)) [[unlikely]] {
        current_ = first_that(windows_.data(), end, [at](auto& window) { return has(window, at); });
        if (current_ == end) place(*end++, assigner, context, at);
      }
      places_[i].row_hash = state::Namespace::row_hash(hashes[i], current_->hash);
      places_[i].window = current_;
      keys.prefetch_index(places_[i].row_hash);
    }
    for (std::size_t i = 0; i < count; ++i) {
      places_[i].row = keys.likely_row(places_[i].row_hash);
    }
  }
  const WindowPlace& operator[](std::size_t i) const { return places_[i]; }

 private:
  static std::int64_t millis(Timestamp at) { return at.time_since_epoch().count(); }
  // By the clock all are in the same one.
  static bool has(const PlacedWindow& placed, std::int64_t at) {
    if constexpr (!Assigner::is_event_time()) return true;
    return at >= millis(placed.window.start()) && at < millis(placed.window.end());
  }
  static void place(PlacedWindow& placed, const Assigner& assigner, WindowAssignerContext& context,
                    std::int64_t at) {
    placed.window = assigner.only_window(timestamp_of_millis(at), context);
    placed.name_space = namespace_of(placed.window);
    placed.hash = placed.name_space.hash();
    placed.last = millis(placed.window.max_timestamp());
  }
  std::array<PlacedWindow, max + 1> windows_;
  PlacedWindow* current_ = nullptr;
  std::array<WindowPlace, max> places_;
};

}  // namespace flink::detail
