// SPDX-License-Identifier: Apache-2.0
// Where the next few records belong that make a session longer each: the row that says which
// windows their key has, and the one of what that session holds. Both are on the way to the cache
// before the first record is looked at. Guesses, by hash and time alone.
#pragma once

#include <flink/windows/merging_windows.h>
#include <flink/windows/window_parts.h>

#include <array>
#include <cstddef>
#include <cstdint>

namespace flink::detail {

struct SessionPlace {
  state::Row* key_row = nullptr;  // null: none
  state::Row* contents = nullptr;
  std::uint64_t contents_hash = 0;
};

// For up to `max` records.
template <class W, std::size_t max>
class SessionPlaces {
 public:
  template <class TimeOf, class Keys>
  void find(const MergingWindows<W>& merging, const std::uint64_t* hashes, std::size_t count,
            const TimeOf& time_of, const Keys& keys) {
    for (std::size_t i = 0; i < count; ++i) keys.prefetch_index(hashes[i]);
    for (std::size_t i = 0; i < count; ++i) places_[i].key_row = keys.likely_row(hashes[i]);
    for (std::size_t i = 0; i < count; ++i) merging.prefetch(places_[i].key_row);
    for (std::size_t i = 0; i < count; ++i) {
      SessionPlace& place = places_[i];
      const W* const there =
          merging.likely_state_window(place.key_row, timestamp_of_millis(time_of(i)));
      place.contents_hash = there == nullptr ? hashes[i] : namespace_of(*there).row_hash(hashes[i]);
      keys.prefetch_index(place.contents_hash);
    }
    for (std::size_t i = 0; i < count; ++i) {
      places_[i].contents = keys.likely_row(places_[i].contents_hash);
    }
  }
  const SessionPlace& operator[](std::size_t i) const { return places_[i]; }

 private:
  std::array<SessionPlace, max> places_;
};

}  // namespace flink::detail
