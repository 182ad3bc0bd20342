// SPDX-License-Identifier: Apache-2.0
// Where the next few records belong that are in one window each: found for all of them first, so
// that their rows are on the way to the cache before the first one is looked at.
#pragma once

#include <flink/state/namespace.h>
#include <flink/windows/window_parts.h>

#include <array>
#include <cstddef>
#include <cstdint>

namespace flink::detail {

struct WindowPlace {
  std::uint64_t row_hash = 0;
  std::int64_t last = 0;  // of the window
  state::Namespace name_space;
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
    TimeWindow window;
    for (std::size_t i = 0; i < count; ++i) {
      const std::int64_t at = time_of(i);
      WindowPlace& place = places_[i];
      if (i > 0 && has(window, at)) {
        place.name_space = places_[i - 1].name_space;
      } else {
        window = assigner.only_window(timestamp_of_millis(at), context);
        place.name_space = namespace_of(window);
      }
      place.last = millis(window.max_timestamp());
      place.row_hash = place.name_space.row_hash(hashes[i]);
      keys.prefetch_index(place.row_hash);
    }
    for (std::size_t i = 0; i < count; ++i) keys.prefetch_row(places_[i].row_hash);
  }
  const WindowPlace& operator[](std::size_t i) const { return places_[i]; }

 private:
  static std::int64_t millis(Timestamp at) { return at.time_since_epoch().count(); }
  // By the clock all are in the same one.
  static bool has(const TimeWindow& window, std::int64_t at) {
    if constexpr (!Assigner::is_event_time()) return true;
    return at >= millis(window.start()) && at < millis(window.end());
  }
  std::array<WindowPlace, max> places_;
};

}  // namespace flink::detail
